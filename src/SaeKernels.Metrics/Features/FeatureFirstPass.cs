using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>What a first pass over the data finds about each latent; parts over different rows can be merged.</summary>
/// <remarks>The second pass, <see cref="FeatureSecondPass"/>, needs the maxima and quantiles of the whole
/// data.</remarks>
public sealed class FeatureFirstPass
{
    private FeatureFirstPass(
        LatentStatisticsSnapshot statistics,
        QuantileBins quantiles,
        SequenceMetric sequences,
        PositionInformation positions)
    {
        this.Statistics = statistics;
        this.Quantiles = quantiles;
        this.Sequences = sequences;
        this.Positions = positions;
    }

    /// <summary>Counts, power sums and extremes.</summary>
    public LatentStatisticsSnapshot Statistics { get; private set; }

    /// <summary>Quantiles of the nonzero activations.</summary>
    public QuantileBins Quantiles { get; }

    /// <summary>Runs and autocorrelation.</summary>
    public SequenceMetric Sequences { get; }

    /// <summary>Mutual information with the position.</summary>
    public PositionInformation Positions { get; }

    /// <summary>Goes over consecutive vectors of a source.</summary>
    /// <param name="sae">The model, for vectors as the source has them.</param>
    /// <param name="source">The data.</param>
    /// <param name="range">First vector and number of vectors; null for all.</param>
    /// <param name="pass">Batch size, progress, and further collectors that go along; null for none.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <exception cref="InvalidDataException">
    /// The data has another width than the model, or the model an activation that is not finite.
    /// </exception>
    public static FeatureFirstPass Run(
        Sae sae,
        VectorSource source,
        (long First, long Rows)? range = null,
        LatentPass? pass = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(source);
        using LatentStatistics statistics = sae.Backend.CreateLatentStatistics(sae.Config.DSae);
        using QuantileCounter quantiles = new(sae.Backend, statistics);
        using PositionCounter positions = new(sae.Backend, sae.Config.DSae);
        SequenceMetric sequences = new(sae.Config.DSae);
        (pass ?? new LatentPass()).With(statistics, [quantiles, positions], [sequences])
            .Run(sae, source, range?.First ?? 0, range?.Rows ?? source.Count, cancellation);
        LatentStatisticsSnapshot found = statistics.Read();
        RequireFinite(found);
        return new FeatureFirstPass(found, quantiles.Read(), sequences, positions.Read());
    }

    /// <summary>Adds what a pass over other rows found.</summary>
    /// <param name="other">The other part; not changed.</param>
    /// <exception cref="ArgumentException">It is about another number of latents, or the same rows.</exception>
    public void Merge(FeatureFirstPass other)
    {
        ArgumentNullException.ThrowIfNull(other);
        this.Statistics = LatentTotals.Merge(this.Statistics, other.Statistics);
        this.Quantiles.Merge(other.Quantiles);
        this.Sequences.Merge(other.Sequences);
        this.Positions.Merge(other.Positions);
    }

    private static void RequireFinite(LatentStatisticsSnapshot statistics)
    {
        for (int latent = 0; latent < statistics.Sums.Count; latent++)
        {
            if (!double.IsFinite(statistics.SumsOfFourthPowers[latent]))
            {
                throw new InvalidDataException(
                    "FeatureTable: activations and their fourth powers must be finite, but latent "
                    + $"{latent} has Σz⁴ = {statistics.SumsOfFourthPowers[latent]}. Check the weights of the model: "
                    + "training may have diverged.");
            }
        }
    }
}
