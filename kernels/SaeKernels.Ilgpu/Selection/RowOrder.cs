using ILGPU;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   a latent-major list from entries that are with their latents already, in any order there
/// Work       n² comparisons of a latent with n entries; above 64 two visits an entry and a bit a row instead
/// Traffic    16 · entries bytes → bound by memory latency
/// Launch     groups take latents in turns, threads take entries in turns
/// Shared     3.5 KiB        Barriers  5 a latent with more than 64 entries for each 8192 rows
/// Order      an entry's place is the number of smaller rows of its latent; deterministic
/// Error      none
/// Source     rank by counting
/// </summary>
internal sealed class RowOrder(KernelDevice device)
{
    // Up to here comparing all with all costs less than the bits of a window.
    private const int MostCompared = 64;
    private readonly Kernel<Parameters> kernel = new(device, OrderLatents);

    /// <summary>Orders the entries of each latent by row.</summary>
    /// <param name="placedRows">The row of each entry.</param>
    /// <param name="placedValues">The value of each entry.</param>
    /// <param name="rows">A number above every row.</param>
    /// <param name="list">Has the offsets; receives rows and values.</param>
    public void Launch(ArrayView<int> placedRows, ArrayView<float> placedValues, int rows, LatentMajorList list)
    {
        Parameters parameters = new()
        {
            PlacedRows = placedRows,
            PlacedValues = placedValues,
            Offsets = device.View(list.Offsets),
            ListRows = device.View(list.Rows),
            ListValues = device.View(list.Values),
            Latents = list.Latents,
            Rows = rows,
        };
        this.kernel.Launch(device.Groups(list.Latents), device.RowGroupSize, parameters);
    }

    private static void OrderLatents(Parameters p)
    {
        RankBits bits = RankBits.Allocate();
        for (int latent = Grid.IdxX; latent < p.Latents; latent += Grid.DimX)
        {
            int start = p.Offsets[latent];
            int length = p.Offsets[latent + 1] - start;
            if (length <= MostCompared)
            {
                CompareAll(p, start, length);
            }

            int end = length > MostCompared ? p.Rows : 0;
            int before = start;
            for (int first = 0; first < end; first += RankBits.Window)
            {
                RankBits.Clear(bits);
                GroupBarrier.Wait();
                Visit(p, bits, start, length, first, before, isStored: false);
                GroupBarrier.Wait();
                RankBits.Sum(bits);
                GroupBarrier.Wait();
                int counts = RankBits.Scan(bits);
                GroupBarrier.Wait();
                Visit(p, bits, start, length, first, before, isStored: true);
                GroupBarrier.Wait();
                before += RankBits.FirstOf(counts);
            }
        }
    }

    private static void CompareAll(Parameters p, int start, int length)
    {
        for (int entry = Group.IdxX; entry < length; entry += Group.DimX)
        {
            int row = p.PlacedRows[start + entry];
            int rank = 0;
            for (int other = 0; other < length; other++)
            {
                rank += p.PlacedRows[start + other] < row ? 1 : 0;
            }

            Store(p, start + entry, start + rank);
        }
    }

    private static void Visit(
        Parameters p, RankBits bits, int start, int length, int firstRow, int before, bool isStored)
    {
        for (int entry = start + Group.IdxX; entry < start + length; entry += Group.DimX)
        {
            int row = p.PlacedRows[entry] - firstRow;
            bool isHere = row >= 0 && row < RankBits.Window;
            if (isHere && !isStored)
            {
                RankBits.Add(bits, row, isSecond: false);
            }

            if (isHere && isStored)
            {
                Store(p, entry, before + RankBits.FirstOf(RankBits.Rank(bits, row)));
            }
        }
    }

    private static void Store(Parameters p, int source, int target)
    {
        p.ListRows[target] = p.PlacedRows[source];
        p.ListValues[target] = p.PlacedValues[source];
    }

    internal struct Parameters
    {
        public ArrayView<int> PlacedRows;
        public ArrayView<float> PlacedValues;
        public ArrayView<int> Offsets;
        public ArrayView<int> ListRows;
        public ArrayView<float> ListValues;
        public int Latents;
        public int Rows;
    }
}
