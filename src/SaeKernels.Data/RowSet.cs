using SaeKernels.Files;

namespace SaeKernels.Data;

/// <summary>
/// An ordered choice of rows of a store. The n-th row of the choice has the ordinal n, counted from 0.
/// </summary>
public sealed class RowSet
{
    private readonly RowRange[] ranges;
    private readonly long[] firstOrdinals;

    /// <summary>Makes a set of ranges.</summary>
    /// <param name="ranges">
    /// The ranges in ascending order, without overlap. Empty ones are dropped and adjacent ones joined.
    /// </param>
    /// <exception cref="ArgumentException">Ranges overlap, descend, or are negative.</exception>
    public RowSet(IEnumerable<RowRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        this.ranges = Join(ranges);
        this.firstOrdinals = new long[this.ranges.Length];
        for (int i = 0; i < this.ranges.Length; i++)
        {
            this.firstOrdinals[i] = this.Count;
            this.Count += this.ranges[i].Count;
        }
    }

    /// <summary>The number of rows; may be 0.</summary>
    public long Count { get; }

    /// <summary>The ranges, ascending, none empty, no two adjacent.</summary>
    public IReadOnlyList<RowRange> Ranges => this.ranges;

    /// <summary>Returns all rows of a store.</summary>
    /// <param name="store">The store.</param>
    public static RowSet All(ActivationStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return new RowSet([new RowRange(0, store.Count)]);
    }

    /// <summary>Returns the row that has an ordinal.</summary>
    /// <param name="ordinal">0 to <see cref="Count"/> − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The ordinal is outside its range.</exception>
    public long RowOf(long ordinal)
    {
        RequireRange(ordinal, 1);
        int range = RangeOf(ordinal);
        return this.ranges[range].First + ordinal - this.firstOrdinals[range];
    }

    /// <summary>Returns the first rows of the set.</summary>
    /// <param name="count">How many; all where the set has no more.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public RowSet Take(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        List<RowRange> taken = [];
        foreach (RowRange range in this.ranges)
        {
            taken.Add(range with { Count = Math.Min(range.Count, count) });
            count -= taken[^1].Count;
        }

        return new RowSet(taken);
    }

    /// <summary>Reads vectors of consecutive ordinals.</summary>
    /// <param name="store">The store of which these are rows.</param>
    /// <param name="firstOrdinal">The first ordinal.</param>
    /// <param name="rows">Receives the vectors; its length must be a multiple of the store's DIn.</param>
    /// <exception cref="ArgumentException">
    /// The length is no multiple, or the ordinals are not inside the set.
    /// </exception>
    /// <exception cref="InvalidDataException">An element is NaN or infinite, or a file became shorter.</exception>
    public void Read(ActivationStore store, long firstOrdinal, Span<float> rows)
    {
        ArgumentNullException.ThrowIfNull(store);
        store.RequireWholeRows(rows.Length);
        foreach ((long first, int done, int count) in Parts(firstOrdinal, rows.Length / store.DIn))
        {
            store.Read(first, rows.Slice(done * store.DIn, count * store.DIn));
        }
    }

    /// <summary>Reads vectors of consecutive ordinals as <see cref="ActivationStore.StoredType"/>.</summary>
    internal void ReadStored(ActivationStore store, long firstOrdinal, Span<byte> rows)
    {
        int width = store.DIn * TensorTypes.SizeOf(store.StoredType);
        foreach ((long first, int done, int count) in Parts(firstOrdinal, rows.Length / width))
        {
            store.ReadStored(first, rows.Slice(done * width, count * width));
        }
    }

    private static RowRange[] Join(IEnumerable<RowRange> ranges)
    {
        List<RowRange> joined = [];
        long end = 0;
        foreach (RowRange range in ranges)
        {
            if (range.First < end || range.Count < 0)
            {
                throw new ArgumentException(
                    $"RowSet: ranges must ascend without overlap, but rows {range.First} to "
                    + $"{range.First + range.Count} come after row {end}. Sort them.");
            }

            if (range.Count > 0 && joined.Count > 0 && range.First == end)
            {
                joined[^1] = joined[^1] with { Count = joined[^1].Count + range.Count };
            }
            else if (range.Count > 0)
            {
                joined.Add(range);
            }

            end = range.First + range.Count;
        }

        return [.. joined];
    }

    private void RequireRange(long firstOrdinal, int count)
    {
        if (firstOrdinal < 0 || firstOrdinal > this.Count - count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(firstOrdinal),
                $"RowSet: ordinals must lie inside 0 to {this.Count}, but {firstOrdinal} to {firstOrdinal + count} "
                + "do not. Read less.");
        }
    }

    /// <summary>Cuts ordinals into runs of rows: the first row, the vectors before it, its length.</summary>
    private IEnumerable<(long First, int Done, int Count)> Parts(long firstOrdinal, int count)
    {
        RequireRange(firstOrdinal, count);
        int range = count == 0 ? 0 : RangeOf(firstOrdinal);
        long skipped = count == 0 ? 0 : firstOrdinal - this.firstOrdinals[range];
        for (int done = 0; done < count; range++)
        {
            RowRange current = this.ranges[range];
            int part = (int)Math.Min(count - done, current.Count - skipped);
            yield return (current.First + skipped, done, part);
            done += part;
            skipped = 0;
        }
    }

    private int RangeOf(long ordinal)
    {
        int found = Array.BinarySearch(this.firstOrdinals, ordinal);
        return found >= 0 ? found : ~found - 1;
    }
}
