using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>How many latents are active, how strongly, and which never are.</summary>
/// <remarks>
/// A latent is active on a vector where its activation is not 0. Every figure is a quotient of sums over all vectors
/// seen, so the way they were split into batches does not matter. Figures are NaN where no vector was seen; L1 is NaN
/// where an activation was.
/// </remarks>
public sealed record SparsityMetric
{
    /// <summary>Reads the figures off a backend's statistics.</summary>
    /// <param name="statistics">Statistics of the latents over the vectors that are evaluated.</param>
    public SparsityMetric(LatentStatisticsSnapshot statistics)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        double vectors = statistics.Rows == 0 ? double.NaN : statistics.Rows;
        int latents = statistics.Counts.Count;
        double[] density = new double[latents];
        long active = 0;
        int alive = 0;
        for (int latent = 0; latent < latents; latent++)
        {
            long count = statistics.Counts[latent];
            density[latent] = count / vectors;
            active += count;
            alive += count > 0 ? 1 : 0;
        }

        this.Vectors = statistics.Rows;
        this.Density = density;
        this.L0 = active / vectors;
        this.L1 = statistics.Sums.Sum() / vectors;
        this.AliveFraction = statistics.Rows == 0 ? double.NaN : alive / (double)latents;
        this.SilentFraction = 1 - this.AliveFraction;
    }

    /// <summary>The vectors seen.</summary>
    public long Vectors { get; }

    /// <summary>The mean number of active latents a vector. Lower is sparser.</summary>
    /// <remarks>At most K for TopK; below it where fewer than K pre-activations are positive.</remarks>
    public double L0 { get; }

    /// <summary>
    /// The mean of Σ|z| over vectors. Lower is sparser or weaker: it depends on the scale of the activations.
    /// </summary>
    /// <remarks>Not weighted by the length of the decoder's rows, and not a loss: no coefficient is in it.</remarks>
    public double L1 { get; }

    /// <summary>The share of latents that were active at least once, 0 to 1. Higher is better.</summary>
    public double AliveFraction { get; }

    /// <summary>1 − <see cref="AliveFraction"/>: the share of latents that were silent on the vectors seen.</summary>
    /// <remarks>
    /// Not <c>dead_fraction</c>, which is about the last vectors of training; few vectors leave many silent.
    /// </remarks>
    public double SilentFraction { get; }

    /// <summary>The share of vectors on which each latent was active, [DSae].</summary>
    public IReadOnlyList<double> Density { get; }

    /// <summary>The share of latents active on more than a share of the vectors, 0 to 1.</summary>
    /// <param name="density">That share of the vectors.</param>
    public double DensityAbove(double density) =>
        this.Vectors == 0 ? double.NaN : this.Density.Count(value => value > density) / (double)this.Density.Count;

    /// <summary>
    /// The share of all activity, Σ density of latents above a density / Σ density, 0 to 1; NaN where nothing is
    /// active.
    /// </summary>
    /// <param name="density">The density.</param>
    public double ActivityAbove(double density) =>
        this.Density.Where(value => value > density).Sum() / this.Density.Sum();
}
