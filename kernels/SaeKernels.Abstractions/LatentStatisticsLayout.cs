using SaeKernels.Numerics;

namespace SaeKernels.Abstractions;

/// <summary>What <see cref="LatentStatistics"/> keep beside counts, moments, extremes and logarithmic bins.</summary>
public sealed record LatentStatisticsLayout
{
    private const int MostBins = 4096;

    /// <summary>The number of latents, DSae; at least 1.</summary>
    public required int Latents { get; init; }

    /// <summary>Bins of equal width on [0, upper edge] of each latent, 0 to 4,096; 0, the default, for none.</summary>
    public int LinearBins { get; init; }

    /// <summary>
    /// The upper edge of each latent's last linear bin, [DSae], above 0; needed where there are linear bins. The maxima
    /// of a first pass over the data are one choice.
    /// </summary>
    public IReadOnlyList<float>? LinearUpper { get; init; }

    /// <summary>The linear bins of a latent.</summary>
    /// <param name="latent">0 to DSae − 1.</param>
    /// <exception cref="InvalidOperationException">There are no linear bins.</exception>
    public EvenBins LinearBinsOf(int latent) => this.LinearBins > 0 && this.LinearUpper is not null
        ? new EvenBins(0, this.LinearUpper[latent], this.LinearBins)
        : throw new InvalidOperationException(
            "LatentStatisticsLayout: LinearBins must be above 0 for a latent to have any, but is 0. Set LinearBins.");

    /// <summary>Throws <see cref="ArgumentException"/> where members do not fit.</summary>
    public void Validate()
    {
        const string Where = nameof(LatentStatisticsLayout);
        int mostLatents = Array.MaxLength / Math.Max(LogBins.Count, this.LinearBins);
        Shape.Require(
            this.LinearBins is >= 0 and <= MostBins,
            Where,
            $"LinearBins must be between 0 and {MostBins}, but is {this.LinearBins}.",
            "Change LinearBins.");
        Shape.Require(
            this.Latents >= 1 && this.Latents <= mostLatents,
            Where,
            $"Latents must be between 1 and {mostLatents} with {this.LinearBins} linear bins, but is {this.Latents}.",
            "Change Latents or LinearBins.");
        if (this.LinearBins > 0)
        {
            RequireEdges(Where);
        }
    }

    private void RequireEdges(string where)
    {
        Shape.Require(
            this.LinearUpper?.Count == this.Latents,
            where,
            $"LinearUpper must hold {this.Latents} edges, but "
            + $"{(this.LinearUpper is null ? "is missing" : $"holds {this.LinearUpper.Count}")}.",
            "Give one edge a latent.");
        for (int latent = 0; latent < this.Latents; latent++)
        {
            float upper = this.LinearUpper![latent];
            Shape.Require(
                float.IsFinite(upper) && upper > 0 && float.IsFinite(this.LinearBins / upper),
                where,
                $"LinearUpper[{latent}] must be above 0 and finite, and so must LinearBins divided by it, "
                + $"but is {upper}.",
                "Change the edge; a latent that is never active may have any.");
        }
    }
}
