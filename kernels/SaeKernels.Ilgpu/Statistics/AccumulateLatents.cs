using ILGPU;
using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   count, Σv, Σv², min v, max v and a histogram of v of each latent, over active entries
/// Work       30 FLOP an entry
/// Traffic    that of BuildLatentMajor, 20 bytes an entry, and 64 a latent → bound by memory
/// Launch     that of BuildLatentMajor; then threads take latents in turns
/// Shared     none        Barriers  none
/// Order      one thread owns a latent and takes its entries by ascending row; no atomics; deterministic
/// Error      n · 2⁻⁴⁸ · Σ|v| for n entries
/// Source     the definition; two-float sums: Ogita, Rump, Oishi 2005
/// </summary>
internal sealed class AccumulateLatents(KernelDevice device, BuildLatentMajor buildLatentMajor)
{
    private readonly Kernel<Parameters> kernel = new(device, VisitLatents);

    public void Run(in AccumulateLatentsArguments arguments)
    {
        IlgpuLatentStatistics statistics = arguments.Statistics as IlgpuLatentStatistics ?? throw new ArgumentException(
            $"AccumulateLatents: Statistics must be made by the backend of {device.Description.Id}, but is a "
            + $"{arguments.Statistics.GetType().Name}. Call CreateLatentStatistics of the backend that uses it.");
        LatentMajorList list = statistics.ListFor(arguments.Codes.Capacity);
        BuildLatentMajorArguments build = new() { Rows = arguments.Rows, Codes = arguments.Codes, List = list };
        buildLatentMajor.Run(build);
        Parameters parameters = new()
        {
            Offsets = device.View(list.Offsets),
            Values = device.View(list.Values),
            Counts = device.View(statistics.Counts),
            Histogram = device.View(statistics.Histogram),
            Sums = device.View(statistics.Sums),
            SumsOfSquares = device.View(statistics.SumsOfSquares),
            Minima = device.View(statistics.Minima),
            Maxima = device.View(statistics.Maxima),
            Latents = statistics.Latents,
        };
        this.kernel.Launch(device.GroupsOfElements(parameters.Latents), device.GroupSize, parameters);
        statistics.Rows += arguments.Rows;
    }

    private static void VisitLatents(Parameters p)
    {
        for (int latent = (Grid.IdxX * Group.DimX) + Group.IdxX; latent < p.Latents; latent += Grid.DimX * Group.DimX)
        {
            int start = p.Offsets[latent];
            int end = p.Offsets[latent + 1];
            if (end > start)
            {
                p.Counts[latent] += end - start;
                AddMoments(p, latent, start, end);
                AddToHistogram(p, latent, start, end);
            }
        }
    }

    private static void AddMoments(Parameters p, int latent, int start, int end)
    {
        TwoFloat sum = new(p.Sums[latent], p.Sums[(long)p.Latents + latent]);
        TwoFloat squares = new(p.SumsOfSquares[latent], p.SumsOfSquares[(long)p.Latents + latent]);
        float minimum = p.Minima[latent];
        float maximum = p.Maxima[latent];
        for (int entry = start; entry < end; entry++)
        {
            float value = p.Values[entry];
            sum = TwoFloat.Add(sum, value);
            squares = TwoFloat.AddProduct(squares, value, value);
            // A NaN is taken over and stays: nothing is below or above it.
            minimum = value < minimum || float.IsNaN(value) ? value : minimum;
            maximum = value > maximum || float.IsNaN(value) ? value : maximum;
        }

        sum = TwoFloat.Renormalize(sum);
        squares = TwoFloat.Renormalize(squares);
        p.Sums[latent] = sum.High;
        p.Sums[(long)p.Latents + latent] = sum.Low;
        p.SumsOfSquares[latent] = squares.High;
        p.SumsOfSquares[(long)p.Latents + latent] = squares.Low;
        p.Minima[latent] = minimum;
        p.Maxima[latent] = maximum;
    }

    private static void AddToHistogram(Parameters p, int latent, int start, int end)
    {
        for (int entry = start; entry < end; entry++)
        {
            float value = p.Values[entry];
            int bits = (int)Interop.FloatAsInt(value);
            int bin = IntrinsicMath.Clamp((bits >> LogBins.Shift) - LogBins.Offset, 0, LogBins.Count - 1);
            // A device may hand on a NaN with its sign bit set.
            bin = float.IsNaN(value) ? LogBins.Count - 1 : bin;
            p.Histogram[((long)latent * LogBins.Count) + bin]++;
        }
    }

    internal struct Parameters
    {
        public ArrayView<int> Offsets;
        public ArrayView<float> Values;
        public ArrayView<long> Counts;
        public ArrayView<long> Histogram;
        public ArrayView<float> Sums;
        public ArrayView<float> SumsOfSquares;
        public ArrayView<float> Minima;
        public ArrayView<float> Maxima;
        public int Latents;
    }
}
