namespace SaeKernels.Metrics;

/// <summary>
/// What is active before and after a latent: cross-correlations of activity along the tokens of a document.
/// </summary>
/// <remarks>
/// <para>For latents a and b and a lag ℓ, r_ab(ℓ) is Pearson's correlation of a being active on a token and b being
/// active ℓ tokens later, over all pairs of tokens of one document that far apart. At a positive lag a leads and b
/// follows; r_ab(−ℓ) = r_ba(ℓ); r_ab(0) is the correlation on the same tokens; r_aa(ℓ) the autocorrelation. Documents
/// are those of <see cref="SequenceMetric"/>: no pair crosses the end of one, and data without them has no
/// figures.</para>
/// <para>Everything counted is an integer, so cutting, and merging shards in any order, change nothing, even where a
/// cut is inside a document: the tokens near an edge are kept. Memory is 8 bytes for each latent that is looked at,
/// each lag and each other latent.</para>
/// </remarks>
public sealed class CrossCorrelationMetric : LatentCollector
{
    private readonly int[] of;
    private readonly int[] others;
    private readonly LagCounts counts;
    private readonly RowSegments<LagSegment, LagCounts> segments = new(nameof(CrossCorrelationMetric));
    private bool isWaiting;

    /// <summary>Makes a metric that has seen nothing.</summary>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <param name="maxLag">The largest lag in tokens; 1 to 256.</param>
    /// <param name="of">The latents that are looked at, each once; null for all.</param>
    /// <param name="others">The latents that they are held against, each once; null for all.</param>
    /// <exception cref="ArgumentException">The lag or a latent is outside its range, or named twice.</exception>
    public CrossCorrelationMetric(
        int latents, int maxLag, IReadOnlyList<int>? of = null, IReadOnlyList<int>? others = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        if (maxLag is < 1 or > MostLag)
        {
            throw new ArgumentException(
                $"CrossCorrelationMetric: MaxLag must be 1 to {MostLag} tokens, but is {maxLag}. Change it.");
        }

        this.of = [.. of ?? [.. Enumerable.Range(0, latents)]];
        this.others = [.. others ?? [.. Enumerable.Range(0, latents)]];
        this.counts = new LagCounts(maxLag, PlacesOf(latents, this.of), PlacesOf(latents, this.others));
    }

    /// <summary>The largest lag that may be asked for.</summary>
    public const int MostLag = 256;

    /// <summary>The number of latents.</summary>
    public int Latents => this.counts.Latents;

    /// <summary>The latents that are looked at.</summary>
    public IReadOnlyList<int> Of => this.of;

    /// <summary>The latents that they are held against.</summary>
    public IReadOnlyList<int> Others => this.others;

    /// <summary>The largest lag, in tokens.</summary>
    public int MaxLag => this.counts.MaxLag;

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        if (batch.Rows == 0 || (batch.DocumentIds.IsEmpty && batch.Positions.IsEmpty))
        {
            return;
        }

        LagSegment segment = this.segments.At(batch.FirstRow, row => new LagSegment(row));
        for (int row = 0; row < batch.Rows; row++)
        {
            Range entries = batch.RowOffsets[row]..batch.RowOffsets[row + 1];
            segment.Add(
                TokenPlace.Of(batch, row),
                this.counts.TokenOf(batch.Latents[entries], batch.Values[entries]),
                this.counts);
        }

        this.isWaiting = true;
    }

    /// <summary>Adds what another metric saw of other rows; rows that meet are joined, inside documents too.</summary>
    /// <param name="other">A metric of the same latents and lag; what it says does not change.</param>
    /// <exception cref="ArgumentException">Its latents or lag are others, or both saw the same rows.</exception>
    public void Merge(CrossCorrelationMetric other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(CrossCorrelationMetric), this.Latents, other.Latents);
        if (other.MaxLag != this.MaxLag || !other.of.SequenceEqual(this.of) || !other.others.SequenceEqual(this.others))
        {
            throw new ArgumentException(
                $"CrossCorrelationMetric: both sides must look at the same latents up to {this.MaxLag} tokens, but the "
                + $"other one has other latents, or {other.MaxLag} tokens. Merge parts of one pass.");
        }

        this.segments.RequireOtherRows(other.segments);
        CountWaiting();
        other.CountWaiting();
        this.counts.Add(other.counts);
        this.segments.Merge(other.segments, this.counts);
    }

    /// <summary>How many pairs of tokens of one document lie so far apart.</summary>
    /// <param name="lag">−<see cref="MaxLag"/> to <see cref="MaxLag"/>.</param>
    public long Pairs(int lag)
    {
        CountWaiting();
        return this.counts.Pairs[Math.Abs(lag)];
    }

    /// <summary>In how many of them both are active, the other one <paramref name="lag"/> tokens later.</summary>
    /// <param name="latent">One of the latents that are looked at.</param>
    /// <param name="other">One of those that they are held against.</param>
    /// <param name="lag">
    /// −<see cref="MaxLag"/> to <see cref="MaxLag"/>; negative where the other one is earlier.
    /// </param>
    /// <exception cref="ArgumentException">A latent or the lag was not counted.</exception>
    public long Together(int latent, int other, int lag)
    {
        CountWaiting();
        return this.counts.Both(latent, other, lag);
    }

    /// <summary>
    /// r(lag): the correlation of a latent being active and another one being active <paramref name="lag"/> tokens
    /// later, −1 to 1; NaN where there is no pair, or either side never varies.
    /// </summary>
    /// <param name="latent">One of the latents that are looked at.</param>
    /// <param name="other">One of those that they are held against.</param>
    /// <param name="lag">
    /// −<see cref="MaxLag"/> to <see cref="MaxLag"/>; negative where the other one is earlier.
    /// </param>
    /// <exception cref="ArgumentException">A latent or the lag was not counted.</exception>
    public double Correlation(int latent, int other, int lag)
    {
        long both = Together(latent, other, lag);
        (int first, int second) = lag >= 0 ? (latent, other) : (other, latent);
        return ActivityCorrelation.Of(
            this.counts.Pairs[Math.Abs(lag)],
            both,
            this.counts.Earlier(first, Math.Abs(lag)),
            this.counts.Later(second, Math.Abs(lag)));
    }

    /// <summary>Counts what was only taken in; after it several threads may read.</summary>
    internal void CountWaiting()
    {
        if (this.isWaiting)
        {
            this.segments.ForEach(segment => segment.CountWaiting(this.counts));
            this.isWaiting = false;
        }
    }

    private static int[] PlacesOf(int latents, int[] chosen)
    {
        int[] places = new int[latents];
        Array.Fill(places, -1);
        foreach ((int place, int latent) in chosen.Index())
        {
            if (latent < 0 || latent >= latents || places[latent] >= 0)
            {
                throw new ArgumentException(
                    $"CrossCorrelationMetric: latents must be 0 to {latents - 1}, each named once, but one is "
                    + $"{latent}. Name others.");
            }

            places[latent] = place;
        }

        return places;
    }
}
