using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   Σxy, Σx² and Σy² of each pair of latents of two models, over the rows where both are active
/// Work       90 FLOP a pair
/// Traffic    that of BuildLatentMajor, and 48 bytes a pair → bound by the issue of instructions
/// Launch     that of BuildLatentMajor; then groups of a warp take latents of the first model in turns
/// Shared     none        Barriers  none
/// Order      the lane latent mod 32 owns a latent of the other model, rows ascending; deterministic
/// Error      n · 2⁻⁴⁶ · Σ|xy| for n rows, and so for the squares
/// Source     two-float sums: Ogita, Rump, Oishi 2005; Joldes, Muller, Popescu 2017
/// </summary>
/// <remarks>
/// All lanes go over all entries of a row, and each adds its own: a pair has one owner whatever the row, so that no
/// barrier stands between rows, which are short.
/// </remarks>
internal sealed class AccumulatePairs(KernelDevice device, BuildLatentMajor buildLatentMajor)
{
    private const int Lanes = 32;
    private readonly Kernel<Parameters> kernel = new(device, VisitLatents);

    public void Run(in AccumulatePairsArguments arguments)
    {
        arguments.Validate();
        IlgpuPairStatistics statistics = arguments.Statistics as IlgpuPairStatistics ?? throw new ArgumentException(
            $"AccumulatePairs: Statistics must be made by the backend of {device.Description.Id}, but is a "
            + $"{arguments.Statistics.GetType().Name}. Call CreatePairStatistics of the backend that uses it.");
        LatentMajorList list = statistics.ListFor(arguments.Codes.Capacity);
        buildLatentMajor.Run(
            new BuildLatentMajorArguments { Rows = arguments.Rows, Codes = arguments.Codes, List = list });
        Parameters parameters = new()
        {
            Offsets = device.View(list.Offsets),
            Rows = device.View(list.Rows),
            Values = device.View(list.Values),
            OtherOffsets = device.View(arguments.OtherCodes.RowOffsets),
            Others = device.View(arguments.OtherCodes.Indices),
            OtherValues = device.View(arguments.OtherCodes.Values),
            Sums = device.View(statistics.Sums),
            From = statistics.Layout.From,
            Count = statistics.Layout.Count,
            OtherLatents = statistics.Layout.Others,
        };
        this.kernel.Launch(device.Groups(parameters.Count, Lanes), Lanes, parameters);
    }

    private static void VisitLatents(Parameters p)
    {
        for (int latent = Grid.IdxX; latent < p.Count; latent += Grid.DimX)
        {
            int end = p.Offsets[p.From + latent + 1];
            for (int entry = p.Offsets[p.From + latent]; entry < end; entry++)
            {
                AddRow(p, p.Rows[entry], p.Values[entry], (long)latent * p.OtherLatents);
            }
        }
    }

    private static void AddRow(Parameters p, int row, float x, long firstPair)
    {
        int end = p.OtherOffsets[row + 1];
        for (int other = p.OtherOffsets[row]; other < end; other++)
        {
            int latent = p.Others[other];
            float y = p.OtherValues[other];
            if (latent % Lanes == Group.IdxX && y != 0)
            {
                long place = (firstPair + latent) * IlgpuPairStatistics.NumbersOfAPair;
                AddProduct(p, place, x, y);
                AddProduct(p, place + 2, x, x);
                AddProduct(p, place + 4, y, y);
            }
        }
    }

    private static void AddProduct(Parameters p, long place, float a, float b)
    {
        TwoFloat sum = new(p.Sums[place], p.Sums[place + 1]);
        TwoFloat next = TwoFloat.Renormalize(TwoFloat.AddProduct(sum, a, b));
        p.Sums[place] = next.High;
        p.Sums[place + 1] = next.Low;
    }

    internal struct Parameters
    {
        public ArrayView<int> Offsets;
        public ArrayView<int> Rows;
        public ArrayView<float> Values;
        public ArrayView<int> OtherOffsets;
        public ArrayView<int> Others;
        public ArrayView<float> OtherValues;
        public ArrayView<float> Sums;
        public int From;
        public int Count;
        public int OtherLatents;
    }
}
