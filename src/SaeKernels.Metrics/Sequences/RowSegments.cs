namespace SaeKernels.Metrics;

/// <summary>A stretch of consecutive rows whose neighbours are not known yet.</summary>
/// <typeparam name="TSelf">The kind of stretch itself.</typeparam>
/// <typeparam name="TTotals">Where it counts what its edges no longer keep open.</typeparam>
internal interface IRowSegment<TSelf, TTotals>
    where TSelf : IRowSegment<TSelf, TTotals>
{
    /// <summary>Its first row.</summary>
    long FirstRow { get; }

    /// <summary>The row after its last one.</summary>
    long EndRow { get; }

    /// <summary>Returns a copy that shares nothing that changes.</summary>
    TSelf Clone();

    /// <summary>Appends the stretch that begins where this one ends; that one is of no use afterwards.</summary>
    void Join(TSelf next, TTotals totals);
}

/// <summary>The stretches of rows that a metric has seen; those that meet are joined.</summary>
/// <param name="metric">Whose they are, for messages.</param>
internal sealed class RowSegments<TSegment, TTotals>(string metric)
    where TSegment : class, IRowSegment<TSegment, TTotals>
{
    private readonly List<TSegment> segments = [];

    /// <summary>Returns the stretch that a row continues, or begins one there.</summary>
    public TSegment At(long row, Func<long, TSegment> begin)
    {
        TSegment? segment = this.segments.Find(known => known.EndRow == row);
        if (segment is null)
        {
            segment = begin(row);
            this.segments.Add(segment);
        }

        return segment;
    }

    /// <summary>Calls something for each stretch.</summary>
    public void ForEach(Action<TSegment> visit) => this.segments.ForEach(visit);

    /// <summary>Throws where both have seen the same rows.</summary>
    /// <exception cref="ArgumentException">They have.</exception>
    public void RequireOtherRows(RowSegments<TSegment, TTotals> other)
    {
        TSegment? shared = this.segments.Find(mine => other.segments.Exists(
            theirs => theirs.FirstRow < mine.EndRow && mine.FirstRow < theirs.EndRow));
        if (shared is not null)
        {
            throw new ArgumentException(
                $"{metric}: both sides must have seen different rows, but both saw some of {shared.FirstRow} to "
                + $"{shared.EndRow}. Merge parts that do not overlap.");
        }
    }

    /// <summary>Takes copies of the stretches of another one in, and joins what meets.</summary>
    public void Merge(RowSegments<TSegment, TTotals> other, TTotals totals)
    {
        this.segments.AddRange(other.segments.Select(segment => segment.Clone()));
        this.segments.Sort((left, right) => left.FirstRow.CompareTo(right.FirstRow));
        for (int i = this.segments.Count - 1; i > 0; i--)
        {
            if (this.segments[i - 1].EndRow == this.segments[i].FirstRow)
            {
                this.segments[i - 1].Join(this.segments[i], totals);
                this.segments.RemoveAt(i);
            }
        }
    }
}
