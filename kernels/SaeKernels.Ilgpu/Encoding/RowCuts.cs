using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>The order at which the codes of each row are cut, and how many entries that leaves.</summary>
internal struct RowCutsView
{
    /// <summary>
    /// [rows], or one for all: the order of the smallest entry that is kept; of entries at it the first ones are.
    /// </summary>
    public ArrayView<uint> Cuts;

    /// <summary>[rows] entries above the cut.</summary>
    public ArrayView<int> Above;

    /// <summary>[rows] entries at the cut that are kept.</summary>
    public ArrayView<int> Ties;

    public static RowCutsView Create(KernelDevice device, string name, int rows, bool isCommon) => new()
    {
        Cuts = device.Scratch.Order($"{name}.Cuts", isCommon ? 1 : Math.Max(rows, 1)),
        Above = device.Scratch.Int($"{name}.Above", Math.Max(rows, 1)),
        Ties = device.Scratch.Int($"{name}.Ties", Math.Max(rows, 1)),
    };

    /// <summary>Returns the cut of a row; called in kernels.</summary>
    public static uint CutOf(RowCutsView cuts, int row) => cuts.Cuts[cuts.Cuts.Length > 1 ? row : 0];
}

/// <summary>
/// Computes   the order of the k-th largest candidate of each row, the number of larger ones, and of ties that are kept
/// Work       5 visits a candidate
/// Traffic    40 bytes a candidate → bound by memory latency
/// Launch     groups take rows in turns, threads take candidates in turns
/// Shared     1 KiB        Barriers  12 a row
/// Order      counts of 8 bits at a time from the highest: integers; deterministic
/// Error      none
/// Source     radix selection: Alabi, Blanchard, Gordon, Steinbach 2012
/// </summary>
internal sealed class RowCuts(KernelDevice device)
{
    private const int Digit = 0;
    private const int Remaining = 1;
    private readonly Kernel<Parameters> kernel = new(device, CutRows);

    /// <summary>Cuts each row at its k-th largest candidate; a row with no more than k keeps all.</summary>
    public RowCutsView Launch(string name, in RowLists lists)
    {
        RowCutsView cuts = RowCutsView.Create(device, name, lists.Rows, isCommon: false);
        Parameters parameters = new() { Candidates = new ListCandidates { Lists = lists }, Cuts = cuts, K = lists.K };
        this.kernel.Launch(device.Groups(lists.Rows), device.RowGroupSize, parameters);
        return cuts;
    }

    private static void CutRows(Parameters p)
    {
        ArrayView<int> bins = SharedMemory.Allocate<int>(RadixDigit.Bins);
        ArrayView<int> found = SharedMemory.Allocate<int>(2);
        for (int row = Grid.IdxX; row < p.Candidates.Lists.Rows; row += Grid.DimX)
        {
            int candidates = 0;
            for (int segment = 0; segment < ListCandidates.Segments(p.Candidates); segment++)
            {
                candidates += ListCandidates.Length(p.Candidates, row, segment);
            }

            // Where all are kept no cut is needed.
            uint cut = 0;
            int remaining = candidates > p.K ? p.K : 0;
            int lowestShift = candidates > p.K ? 0 : 32;
            for (int shift = RadixDigit.HighestShift; shift >= lowestShift; shift -= RadixDigit.Bits)
            {
                RadixDigit.Clear(bins);
                GroupBarrier.Wait();
                for (int segment = 0; segment < ListCandidates.Segments(p.Candidates); segment++)
                {
                    CountSegment(p.Candidates, row, segment, cut, shift, bins);
                }

                GroupBarrier.Wait();
                if (Group.IdxX == 0)
                {
                    int digit = RadixDigit.Find(bins, remaining);
                    found[Digit] = digit;
                    found[Remaining] = RadixDigit.RankWithin(bins, remaining, digit);
                }

                GroupBarrier.Wait();
                cut |= (uint)found[Digit] << shift;
                remaining = found[Remaining];
            }

            if (Group.IdxX == 0)
            {
                p.Cuts.Cuts[row] = cut;
                p.Cuts.Above[row] = IntrinsicMath.Min(p.K, candidates) - remaining;
                p.Cuts.Ties[row] = remaining;
            }
        }
    }

    private static void CountSegment(
        ListCandidates candidates, int row, int segment, uint cut, int shift, ArrayView<int> bins)
    {
        int length = ListCandidates.Length(candidates, row, segment);
        for (int place = Group.IdxX; place < length; place += Group.DimX)
        {
            RadixDigit.Add(
                bins, PreActivationOrder.OfKey(ListCandidates.Key(candidates, row, segment, place)), cut, shift);
        }
    }

    internal struct Parameters
    {
        public ListCandidates Candidates;
        public RowCutsView Cuts;
        public int K;
    }
}
