using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Divides a store into rows to train on and rows that training never sees.</summary>
public static class HoldoutSplit
{
    private const int LargestBlock = 256;
    private const int WantedBlocks = 8;
    private const int ScanRows = 1 << 16;

    /// <summary>Chooses the held-out rows by a seed.</summary>
    /// <remarks>
    /// Where the store has document ids, whole documents are held out (a document is a run of equal ids); else
    /// contiguous blocks of 256 rows, or of an eighth of the smaller side where that is less. Units are drawn at random
    /// and taken while they bring the held-out rows nearer to the fraction.
    /// </remarks>
    /// <param name="store">The store.</param>
    /// <param name="fraction">The wanted share of held-out rows, from 0 (none) to below 1.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>The two sets. Together they are all rows, each once; neither is empty unless the fraction is
    /// 0.</returns>
    /// <exception cref="ArgumentException">
    /// The fraction is outside its range, or the data is a single document or a single row.
    /// </exception>
    /// <exception cref="InvalidDataException">A file became shorter.</exception>
    public static (RowSet Training, RowSet HeldOut) Create(ActivationStore store, double fraction, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(store);
        if (!(fraction >= 0 && fraction < 1))
        {
            throw new ArgumentException(
                $"HoldoutSplit: the fraction must be at least 0 and below 1, but is {fraction}. Pass 0.1 for a tenth.");
        }

        if (fraction == 0)
        {
            return (RowSet.All(store), new RowSet([]));
        }

        List<RowRange> units = store.HasDocuments ? Documents(store) : Blocks(store.Count, fraction);
        if (units.Count < 2)
        {
            throw new ArgumentException(
                $"HoldoutSplit: the data must have at least 2 {(store.HasDocuments ? "documents" : "vectors")} to "
                + "hold some out, but has 1. Pass more data, or a fraction of 0 to train on all of it.");
        }

        bool[] heldOut = Choose(units, fraction * store.Count, seed);
        return (new RowSet(units.Where((_, i) => !heldOut[i])), new RowSet(units.Where((_, i) => heldOut[i])));
    }

    private static List<RowRange> Documents(ActivationStore store)
    {
        List<RowRange> documents = [];
        long[] ids = new long[(int)Math.Min(ScanRows, store.Count)];
        long start = 0;
        long current = 0;
        for (long first = 0; first < store.Count; first += ids.Length)
        {
            Span<long> part = ids.AsSpan(0, (int)Math.Min(ids.Length, store.Count - first));
            store.ReadDocumentIds(first, part);
            for (int i = 0; i < part.Length; i++)
            {
                long row = first + i;
                if (row > 0 && part[i] != current)
                {
                    documents.Add(new RowRange(start, row - start));
                    start = row;
                }

                current = part[i];
            }
        }

        documents.Add(new RowRange(start, store.Count - start));
        return documents;
    }

    private static List<RowRange> Blocks(long count, double fraction)
    {
        double smallerSide = Math.Min(fraction, 1 - fraction) * count;
        long size = (long)Math.Clamp(smallerSide / WantedBlocks, 1, LargestBlock);
        List<RowRange> blocks = [];
        for (long first = 0; first < count; first += size)
        {
            blocks.Add(new RowRange(first, Math.Min(size, count - first)));
        }

        return blocks;
    }

    private static bool[] Choose(List<RowRange> units, double wanted, ulong seed)
    {
        int[] order = [.. Enumerable.Range(0, units.Count)];
        RandomSequence random = new(seed, RandomPurpose.Holdout);
        random.Shuffle(order.AsSpan());
        bool[] heldOut = new bool[units.Count];
        int taken = 0;
        long rows = 0;
        foreach (int unit in order)
        {
            long count = units[unit].Count;
            if (rows + (count / 2.0) <= wanted && taken < units.Count - 1)
            {
                heldOut[unit] = true;
                rows += count;
                taken++;
            }
        }

        if (taken == 0)
        {
            // Every document is larger than twice the wanted share: the smallest comes nearest.
            heldOut[order.MinBy(unit => units[unit].Count)] = true;
        }

        return heldOut;
    }
}
