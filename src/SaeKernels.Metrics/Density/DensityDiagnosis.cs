namespace SaeKernels.Metrics;

/// <summary>What the densities of all latents say about a model.</summary>
/// <remarks>
/// A cluster of ultralow density is what Bricken et al. 2023 found to be almost never interpretable; many latents above
/// 1 % they take for an L1 coefficient that is too low.
/// </remarks>
public sealed record DensityDiagnosis
{
    /// <summary>1 %: the lower of the densities that are counted unless others are named.</summary>
    public const double OnePercent = 0.01;

    /// <summary>10 %: the upper one.</summary>
    public const double TenPercent = 0.1;

    /// <summary>Reads the table of the latents.</summary>
    /// <param name="rows">A row a latent.</param>
    /// <param name="thresholds">Those that the table was made with; null for the defaults.</param>
    public DensityDiagnosis(IReadOnlyList<FeatureRow> rows, DensityThresholds? thresholds = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        this.Thresholds = thresholds ?? new DensityThresholds();
        this.Latents = rows.Count;
        this.Above = [.. this.Thresholds.Counted.Select(density => rows.Count(row => row.Density > density))];
        this.Classes =
        [
            .. DensityClass.All.Select(name => KeyValuePair.Create(name, rows.Count(row => row.DensityClass == name))),
        ];
        this.Split = DensityModes.Split(rows.Select(row => row.Density));
        this.UltralowSeparation = Separation(rows);
    }

    /// <summary>The latents.</summary>
    public int Latents { get; }

    /// <summary>The densities that latents were held against.</summary>
    public DensityThresholds Thresholds { get; }

    /// <summary>
    /// The latents above each of <see cref="DensityThresholds.Counted"/>; those above the next one are counted too.
    /// </summary>
    public IReadOnlyList<int> Above { get; }

    /// <summary>
    /// The latents of each of <see cref="DensityClass.All"/>, in that order; they add up to <see cref="Latents"/>.
    /// </summary>
    public IReadOnlyList<KeyValuePair<string, int>> Classes { get; }

    /// <summary>The dense latents: those above <see cref="DensityThresholds.DenseAbove"/>.</summary>
    public int Dense => DensityClass.Dense.Sum(CountOf);

    /// <summary>log₁₀ of the density that parts two groups of latents; NaN where there is one group.</summary>
    public double Split { get; }

    /// <summary>
    /// How far the ultralow group lies from the others in (log₁₀ density, encoder bias, ⟨encoder, decoder⟩): the
    /// Mahalanobis distance of their means under the pooled covariance; above 4 they hardly overlap. NaN without
    /// groups of at least 4 each.
    /// </summary>
    public double UltralowSeparation { get; }

    /// <summary>The latents of one class.</summary>
    /// <param name="densityClass">One of <see cref="DensityClass.All"/>.</param>
    public int CountOf(string densityClass) => this.Classes.Single(pair => pair.Key == densityClass).Value;

    private static double Separation(IReadOnlyList<FeatureRow> rows)
    {
        const int Fewest = 4;
        ILookup<bool, double[]> groups = rows.Where(row => row.Density > 0).ToLookup(
            row => row.DensityClass == DensityClass.Ultralow,
            row => new[] { row.Log10Density, row.EncoderBias, row.EncoderDecoderDot });
        double[][] low = [.. groups[true]];
        double[][] others = [.. groups[false]];
        return low.Length < Fewest || others.Length < Fewest
            ? double.NaN
            : MahalanobisDistance.Between(low, others);
    }
}
