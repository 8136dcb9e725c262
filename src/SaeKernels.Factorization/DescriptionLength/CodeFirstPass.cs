using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>
/// What a first pass over the data finds about codes: how large those of each latent become; parts over different rows
/// can be merged.
/// </summary>
/// <remarks>The second pass, <see cref="CodeSecondPass"/>, needs the largest codes of the whole data.</remarks>
public sealed class CodeFirstPass
{
    private CodeFirstPass(LatentStatisticsSnapshot statistics) => this.Statistics = statistics;

    /// <summary>Counts, power sums and extremes.</summary>
    public LatentStatisticsSnapshot Statistics { get; private set; }

    /// <summary>The largest code of each latent, [DSae]; 0 where it is never active.</summary>
    public IReadOnlyList<float> Largest => this.Statistics.Maxima;

    /// <summary>Goes over consecutive vectors of a source.</summary>
    /// <param name="sae">The model, for vectors as the source has them.</param>
    /// <param name="source">The data.</param>
    /// <param name="range">First vector and number of vectors, which may be 0; null for all.</param>
    /// <param name="pass">Batch size, progress, and further collectors that go along; null for none.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <exception cref="InvalidDataException">
    /// The data has another width than the model, or the model an activation that is not finite.
    /// </exception>
    public static CodeFirstPass Run(
        Sae sae,
        VectorSource source,
        (long First, long Rows)? range = null,
        LatentPass? pass = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(source);
        using LatentStatistics statistics = sae.Backend.CreateLatentStatistics(sae.Config.DSae);
        (pass ?? new LatentPass()).With(statistics, [], [])
            .Run(sae, source, range?.First ?? 0, range?.Rows ?? source.Count, cancellation);
        CodeFirstPass result = new(statistics.Read());
        result.RequireFinite();
        return result;
    }

    /// <summary>Adds what a pass over other rows found.</summary>
    /// <param name="other">The other part; not changed.</param>
    /// <exception cref="ArgumentException">It is about another number of latents.</exception>
    public void Merge(CodeFirstPass other)
    {
        ArgumentNullException.ThrowIfNull(other);
        this.Statistics = LatentTotals.Merge(this.Statistics, other.Statistics);
    }

    private void RequireFinite()
    {
        foreach ((int latent, double sum) in this.Statistics.Sums.Index())
        {
            if (!double.IsFinite(sum))
            {
                throw new InvalidDataException(
                    $"CodeFirstPass: activations must be finite, but those of latent {latent} have the sum {sum}. "
                    + "Check the weights of the model: training may have diverged.");
            }
        }
    }
}
