namespace SaeKernels.Metrics;

/// <summary>
/// How latents behave along the tokens of a document: lengths of runs of activity, and autocorrelation of activity.
/// </summary>
/// <remarks>
/// <para>A run is a stretch of consecutive tokens of one document on which a latent is active; it never crosses the end
/// of a document. A document ends where <c>doc_ids</c> changes or <c>pos</c> does not go up by one. Data with neither
/// has no documents, and every figure is NaN.</para>
/// <para>Everything counted is an integer, so cutting, and merging shards in any order, change nothing, even where a
/// cut is inside a document: what touches an edge is kept open until the neighbour is known. Memory is O(latents ·
/// lags) and 80 bytes a latent for each stretch of rows that has no neighbour yet.</para>
/// </remarks>
public sealed class SequenceMetric : LatentCollector
{
    private readonly SequenceTotals totals;
    private readonly RowSegments<SequenceSegment, SequenceTotals> segments = new(nameof(SequenceMetric));

    /// <summary>Makes a metric that has seen nothing.</summary>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <param name="lags">The lags of the autocorrelation, each 1 to 63; null for 1, 2, 4 and 8.</param>
    /// <exception cref="ArgumentException">A lag is outside its range.</exception>
    public SequenceMetric(int latents, IReadOnlyList<int>? lags = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        this.Lags = lags ?? [1, 2, 4, 8];
        foreach (int lag in this.Lags)
        {
            if (lag is < 1 or > SequenceFragment.MostLag)
            {
                throw new ArgumentException(
                    $"SequenceMetric: lags must be between 1 and {SequenceFragment.MostLag}, but one is {lag}. "
                    + "Change it.");
            }
        }

        this.totals = new SequenceTotals(latents, this.Lags);
    }

    /// <summary>The lags of the autocorrelation, in tokens.</summary>
    public IReadOnlyList<int> Lags { get; }

    /// <summary>The number of latents.</summary>
    public int Latents => this.totals.Latents;

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        if (batch.Rows == 0 || (batch.DocumentIds.IsEmpty && batch.Positions.IsEmpty))
        {
            return;
        }

        SequenceSegment segment = this.segments.At(batch.FirstRow, row => new SequenceSegment(row, this.Latents));
        for (int row = 0; row < batch.Rows; row++)
        {
            Range entries = batch.RowOffsets[row]..batch.RowOffsets[row + 1];
            segment.Add(TokenPlace.Of(batch, row), batch.Latents[entries], batch.Values[entries], this.totals);
        }
    }

    /// <summary>Adds what another metric saw of other rows; rows that meet are joined, inside documents too.</summary>
    /// <param name="other">A metric with the same latents and lags; not changed.</param>
    /// <exception cref="ArgumentException">Its latents or lags are others, or both saw the same rows.</exception>
    public void Merge(SequenceMetric other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(SequenceMetric), this.Latents, other.Latents);
        if (!other.Lags.SequenceEqual(this.Lags))
        {
            throw new ArgumentException(
                $"SequenceMetric: both sides must have the lags {string.Join(", ", this.Lags)}, but the other one has "
                + $"{string.Join(", ", other.Lags)}. Merge parts of one pass.");
        }

        this.segments.RequireOtherRows(other.segments);
        this.totals.Add(other.totals);
        this.segments.Merge(other.segments, this.totals);
    }

    /// <summary>Returns the figures of all latents over everything seen so far.</summary>
    public SequenceFigures Read()
    {
        SequenceTotals closed = new(this.Latents, this.Lags);
        closed.Add(this.totals);
        this.segments.ForEach(segment => segment.CloseInto(closed));
        return new SequenceFigures(closed);
    }
}
