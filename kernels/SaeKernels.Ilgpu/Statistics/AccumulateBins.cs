using ILGPU;
using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   how many active entries of each latent, and of each group of rows, fall into each bin of the latent
/// Work       2 FLOP an entry, and a search for its row where rows have groups
/// Traffic    8 bytes an entry, and a count somewhere in memory → bound by atomics
/// Launch     threads take entries in turns
/// Shared     none        Barriers  none
/// Order      atomic additions of integers: none that matters; deterministic
/// Error      none
/// Source     the definition
/// </summary>
internal sealed class AccumulateBins(KernelDevice device)
{
    private readonly Kernel<Parameters> kernel = new(device, VisitEntries);

    public void Run(in AccumulateBinsArguments arguments)
    {
        arguments.Validate();
        Parameters parameters = new()
        {
            Codes = CodesView.Of(device, arguments.Codes),
            Words = device.View(arguments.Counts).Cast<int>(),
            Blocks = arguments.Blocks is IntBuffer blocks ? device.View(blocks) : default,
            RowGroups = arguments.RowGroups is IntBuffer groups ? device.View(groups) : default,
            Middles = arguments.Middles is RealBuffer middles ? device.View(middles) : default,
            Places = arguments.Places is IntBuffer places ? device.View(places) : default,
            Rows = arguments.Rows,
            Bins = arguments.Bins,
            IsFine = arguments.Blocks is null ? 0 : 1,
            HasGroups = arguments.RowGroups is null ? 0 : 1,
            HasMiddles = arguments.Middles is null ? 0 : 1,
            HasPlaces = arguments.Places is null ? 0 : 1,
        };
        if (arguments.Even is EvenLatentBins even)
        {
            parameters.Offsets = device.View(even.Offsets);
            parameters.Scales = device.View(even.Scales);
            parameters.Widths = device.View(even.Widths);
        }

        this.kernel.Launch(device.GroupsOfElements(arguments.Codes.Capacity), device.GroupSize, parameters);
    }

    private static void VisitEntries(Parameters p)
    {
        int end = p.Codes.RowOffsets[p.Rows];
        int start = p.Codes.RowOffsets[0] + (Grid.IdxX * Group.DimX) + Group.IdxX;
        for (int entry = start; entry < end; entry += Grid.DimX * Group.DimX)
        {
            float value = p.Codes.Values[entry];
            int latent = p.Codes.Indices[entry];
            int place = -1;
            float middle = 0;
            if (value != 0 && p.IsFine != 0)
            {
                place = FinePlaceOf(p, latent, value);
            }
            else if (value != 0)
            {
                int first = p.Offsets[latent];
                int bin = EvenBinOf(value * p.Scales[latent], p.Offsets[latent + 1] - first);
                place = first + bin;
                middle = (bin + 0.5f) * p.Widths[latent];
            }

            if (place >= 0)
            {
                Count(p, ((long)GroupOf(p, entry) * p.Bins) + place);
            }

            if (p.HasMiddles != 0)
            {
                p.Middles[entry] = middle;
            }

            if (p.HasPlaces != 0)
            {
                p.Places[entry] = place < 0 ? p.Offsets[latent] : place;
            }
        }
    }

    private static int EvenBinOf(float place, int bins)
    {
        int bin = place < bins ? (int)place : bins - 1;
        return IntrinsicMath.Max(bin, 0);
    }

    private static int FinePlaceOf(Parameters p, int latent, float value)
    {
        int bits = (int)Interop.FloatAsInt(value) >> FineBins.Shift;
        // A device may hand on a NaN with its sign bit set.
        int bin = float.IsNaN(value) ? FineBins.Infinite : bits;
        int block = p.Blocks[((long)latent * FineBins.Octaves) + (bin / FineBins.PerOctave)];
        return block < 0 ? -1 : (block * FineBins.PerOctave) + (bin % FineBins.PerOctave);
    }

    /// <summary>Finds the row of an entry by halving, and returns its group.</summary>
    private static int GroupOf(Parameters p, int entry)
    {
        if (p.HasGroups == 0)
        {
            return 0;
        }

        // The row is one of low to high − 1.
        int low = 0;
        int high = p.Rows;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            bool isBelow = p.Codes.RowOffsets[middle] <= entry;
            low = isBelow ? middle : low;
            high = isBelow ? high : middle;
        }

        return p.RowGroups[low];
    }

    /// <summary>Adds 1 to a 64-bit count in two words, since not every device has atomics of 64 bits.</summary>
    private static void Count(Parameters p, long place)
    {
        const int AllBits = -1;
        int before = Atomic.Add(ref p.Words[2 * place], 1);
        if (before == AllBits)
        {
            Atomic.Add(ref p.Words[(2 * place) + 1], 1);
        }
    }

    internal struct Parameters
    {
        public CodesView Codes;
        public ArrayView<int> Words;
        public ArrayView<int> Offsets;
        public ArrayView<float> Scales;
        public ArrayView<float> Widths;
        public ArrayView<int> Blocks;
        public ArrayView<int> RowGroups;
        public ArrayView<float> Middles;
        public ArrayView<int> Places;
        public int Rows;
        public int Bins;
        public int IsFine;
        public int HasGroups;
        public int HasMiddles;
        public int HasPlaces;
    }
}
