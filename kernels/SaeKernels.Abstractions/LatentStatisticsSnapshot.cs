namespace SaeKernels.Abstractions;

/// <summary>Statistics of each latent over the vectors seen; only active entries (value not 0) count.</summary>
public sealed record LatentStatisticsSnapshot
{
    /// <summary>The vectors seen.</summary>
    public required long Rows { get; init; }

    /// <summary>How often each latent was active, [DSae].</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>The sum of each latent's activations, [DSae].</summary>
    public required IReadOnlyList<double> Sums { get; init; }

    /// <summary>The sum of the squares of each latent's activations, [DSae].</summary>
    public required IReadOnlyList<double> SumsOfSquares { get; init; }

    /// <summary>The sum of the third powers of each latent's activations, [DSae].</summary>
    public required IReadOnlyList<double> SumsOfCubes { get; init; }

    /// <summary>The sum of the fourth powers of each latent's activations, [DSae].</summary>
    public required IReadOnlyList<double> SumsOfFourthPowers { get; init; }

    /// <summary>Each latent's smallest activation, [DSae]; +∞ where it was never active.</summary>
    public required IReadOnlyList<float> Minima { get; init; }

    /// <summary>Each latent's largest activation, [DSae]; 0 where it was never active.</summary>
    public required IReadOnlyList<float> Maxima { get; init; }

    /// <summary>
    /// How often each latent's activation fell into each bin of <c>LogBins</c>, [DSae × 128], latent after latent.
    /// </summary>
    public required IReadOnlyList<long> Histogram { get; init; }

    /// <summary>
    /// How often each latent's activation fell into each of its linear bins, [DSae × LinearBins], latent after latent;
    /// empty where the layout asks for none.
    /// </summary>
    public required IReadOnlyList<long> LinearHistogram { get; init; }
}
