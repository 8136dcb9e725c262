using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   where the codes of each row begin, how many entries they need, and how many ties each row may keep
/// Work       6 additions a row
/// Traffic    20 bytes a row
/// Launch     one group; threads take rows in turns
/// Shared     0.6 KiB        Barriers  9 per group size of rows, and 1
/// Order      integers; deterministic
/// Error      none
/// Source     the three-phase scan of Harris, Sengupta, Owens, GPU Gems 3, chapter 39
/// </summary>
internal sealed class RowOffsets(KernelDevice device)
{
    private readonly Kernel<Parameters> kernel = new(device, PlaceRows);

    /// <summary>Places rows; where they need more room than there is, leaves every row empty.</summary>
    /// <param name="cuts">The entries of each row.</param>
    /// <param name="rows">The rows of the batch.</param>
    /// <param name="codes">Receive the offsets.</param>
    /// <param name="starts">
    /// Receives where each row's entries begin among all entries above and at the cuts, and their number; null where
    /// nobody asks.
    /// </param>
    /// <param name="tieBudget">Ties that all rows together may keep, the first ones; null for all.</param>
    public void Launch(
        in RowCutsView cuts, int rows, SparseCodes codes, ArrayView<int>? starts, ArrayView<int>? tieBudget)
    {
        Parameters parameters = new()
        {
            Cuts = cuts,
            Offsets = device.View(codes.RowOffsets),
            Needed = device.View(codes.NeededEntries),
            Starts = starts ?? cuts.Above,
            TieBudget = tieBudget ?? cuts.Ties,
            HasStarts = starts is null ? 0 : 1,
            HasTieBudget = tieBudget is null ? 0 : 1,
            Rows = rows,
            Capacity = codes.Capacity,
        };
        this.kernel.Launch(1, device.GroupSize, parameters);
    }

    private static void PlaceRows(Parameters p)
    {
        ArrayView<int> shared = SharedMemory.Allocate<int>(KernelDevice.MaxGroupSize);
        ArrayView<int> segments = SharedMemory.Allocate<int>(GroupReduction.Width);
        long needed = 0;
        long candidates = 0;
        long ties = 0;
        int budget = int.MaxValue;
        if (p.HasTieBudget != 0)
        {
            budget = p.TieBudget[0];
        }

        for (int first = 0; first < p.Rows; first += Group.DimX)
        {
            int row = first + Group.IdxX;
            int above = 0;
            int tied = 0;
            if (row < p.Rows)
            {
                above = p.Cuts.Above[row];
                tied = p.Cuts.Ties[row];
            }

            long tiesBefore = ties + GroupScan.Exclusive(shared, segments, tied);
            ties += GroupScan.Total(segments);
            int kept = p.HasTieBudget != 0 ? Allowed(budget, tiesBefore, tied) : tied;
            long start = candidates + GroupScan.Exclusive(shared, segments, above + tied);
            candidates += GroupScan.Total(segments);
            long offset = needed + GroupScan.Exclusive(shared, segments, above + kept);
            needed += GroupScan.Total(segments);
            if (row < p.Rows)
            {
                p.Cuts.Ties[row] = kept;
                p.Offsets[row] = (int)offset;
            }

            if (row < p.Rows && p.HasStarts != 0)
            {
                p.Starts[row] = (int)start;
            }
        }

        if (Group.IdxX == 0)
        {
            p.Needed[0] = needed;
            p.Offsets[p.Rows] = (int)needed;
        }

        if (Group.IdxX == 0 && p.HasStarts != 0)
        {
            p.Starts[p.Rows] = needed > p.Capacity ? 0 : (int)candidates;
        }

        GroupBarrier.Wait();
        Empty(p, needed);
    }

    private static int Allowed(int budget, long before, int tied)
    {
        long left = budget - before;
        left = left < 0 ? 0 : left;
        return left < tied ? (int)left : tied;
    }

    private static void Empty(Parameters p, long needed)
    {
        if (needed > p.Capacity)
        {
            for (int row = Group.IdxX; row <= p.Rows; row += Group.DimX)
            {
                p.Offsets[row] = 0;
            }
        }
    }

    internal struct Parameters
    {
        public RowCutsView Cuts;
        public ArrayView<int> Offsets;
        public ArrayView<long> Needed;
        public ArrayView<int> Starts;
        public ArrayView<int> TieBudget;
        public int HasStarts;
        public int HasTieBudget;
        public int Rows;
        public int Capacity;
    }
}
