using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>
/// What a second pass finds about each latent, now that maxima and quantiles are known; parts over different rows can
/// be merged.
/// </summary>
public sealed class FeatureSecondPass
{
    /// <summary>Linear bins on [0, max] of each latent: a multiple of 10 intervals and of 16 bins to code values.
    /// </summary>
    public const int LinearBins = 400;

    private const double UnigramShare = 0.8;

    private readonly IReadOnlyList<float> maxima;

    private FeatureSecondPass(
        IReadOnlyList<float> maxima, LatentStatisticsSnapshot statistics, UnigramMetric unigrams, CodeHistograms codes)
    {
        this.maxima = maxima;
        this.Statistics = statistics;
        this.Unigrams = unigrams;
        this.Codes = codes;
    }

    /// <summary>Statistics with <see cref="LinearBins"/> linear bins on [0, max] of each latent.</summary>
    public LatentStatisticsSnapshot Statistics { get; private set; }

    /// <summary>Tokens of the strongest 80 % of the activations.</summary>
    public UnigramMetric Unigrams { get; }

    /// <summary>Codes of each latent in 100 bins from 0 to the largest activation of all latents.</summary>
    public CodeHistograms Codes { get; }

    /// <summary>Goes over consecutive vectors of a source.</summary>
    /// <param name="sae">The model of the first pass.</param>
    /// <param name="source">The data of the first pass.</param>
    /// <param name="first">What the first pass found in the whole data.</param>
    /// <param name="range">First vector and number of vectors; null for all.</param>
    /// <param name="pass">Batch size, progress, and further collectors that go along; null for none.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    public static FeatureSecondPass Run(
        Sae sae,
        VectorSource source,
        FeatureFirstPass first,
        (long First, long Rows)? range = null,
        LatentPass? pass = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(first);
        int latents = sae.Config.DSae;
        using LatentStatistics statistics = sae.Backend.CreateLatentStatistics(new LatentStatisticsLayout
        {
            Latents = latents,
            LinearBins = LinearBins,
            LinearUpper = [.. first.Statistics.Maxima.Select(UpperEdge)],
        });
        UnigramMetric unigrams = new(
            [.. Enumerable.Range(0, latents).Select(
                latent => first.Quantiles.LowerEdgeOfQuantile(latent, 1 - UnigramShare))]);
        using CodeHistogramCounter codes = new(sae.Backend, latents, UpperEdge(first.Statistics.Maxima.Max()));
        (pass ?? new LatentPass()).With(statistics, [codes], [unigrams])
            .Run(sae, source, range?.First ?? 0, range?.Rows ?? source.Count, cancellation);
        return new FeatureSecondPass(first.Statistics.Maxima, statistics.Read(), unigrams, codes.Read());
    }

    /// <summary>Adds what a pass over other rows found.</summary>
    /// <param name="other">The other part, after the same first pass; not changed.</param>
    /// <exception cref="ArgumentException">It came after another first pass.</exception>
    public void Merge(FeatureSecondPass other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!this.maxima.SequenceEqual(other.maxima))
        {
            throw new ArgumentException(
                "FeatureSecondPass: both sides must come after one first pass over all parts, but the largest "
                + "activations that they go by differ. Merge the first passes before the second ones.");
        }

        this.Statistics = LatentTotals.Merge(this.Statistics, other.Statistics);
        this.Unigrams.Merge(other.Unigrams);
        this.Codes.Merge(other.Codes);
    }

    /// <summary>The upper edge of the linear bins of a latent with this largest activation.</summary>
    /// <param name="max">The largest activation; 0 where the latent was never active.</param>
    public static float UpperEdge(float max)
    {
        // Bins / edge must be a finite float32; a latent so weak, or silent, may have any edge.
        const float Least = 2 * LinearBins / float.MaxValue;
        return max > 0 ? Math.Max(max, Least) : 1;
    }
}
