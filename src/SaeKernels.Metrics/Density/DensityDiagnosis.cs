using System.Text.Json.Serialization;

namespace SaeKernels.Metrics;

/// <summary>What the densities of all latents say about a model.</summary>
/// <remarks>
/// A cluster of ultralow density is what Bricken et al. 2023 found to be almost never interpretable; many latents above
/// 1 % they take for an L1 coefficient that is too low.
/// </remarks>
public sealed record DensityDiagnosis
{
    /// <summary>The density above which a latent is counted as above 1 %.</summary>
    public const double OnePercent = 0.01;

    /// <summary>The density above which a latent is counted as above 10 %.</summary>
    public const double TenPercent = 0.1;

    /// <summary>Reads the table of the latents.</summary>
    /// <param name="rows">A row a latent.</param>
    public DensityDiagnosis(IReadOnlyList<FeatureRow> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        this.Latents = rows.Count;
        this.Dead = rows.Count(row => row.Density == 0);
        this.AboveOnePercent = rows.Count(row => row.Density > OnePercent);
        this.AboveTenPercent = rows.Count(row => row.Density > TenPercent);
        this.Split = DensityModes.Split(rows.Select(row => row.Density));
        this.Ultralow = rows.Count(row => row.DensityClass == DensityClass.Ultralow);
        this.Offset = rows.Count(row => row.DensityClass == DensityClass.Offset);
        this.NotSparse = rows.Count(row => row.DensityClass == DensityClass.NotSparse);
        this.Frequent = rows.Count(row => row.DensityClass == DensityClass.Frequent);
        this.UltralowSeparation = Separation(rows);
    }

    /// <summary>The latents.</summary>
    [JsonPropertyName("latents")]
    public int Latents { get; }

    /// <summary>Those never active.</summary>
    [JsonPropertyName("dead")]
    public int Dead { get; }

    /// <summary>Those with a density above <see cref="OnePercent"/>.</summary>
    [JsonPropertyName("above_1_percent")]
    public int AboveOnePercent { get; }

    /// <summary>Those with a density above <see cref="TenPercent"/>.</summary>
    [JsonPropertyName("above_10_percent")]
    public int AboveTenPercent { get; }

    /// <summary>log₁₀ of the density that parts two groups of latents; NaN where there is one group.</summary>
    [JsonPropertyName("split_log10_density")]
    public double Split { get; }

    /// <summary>Those in the lower of two groups; 0 where there is one group.</summary>
    [JsonPropertyName("ultralow")]
    public int Ultralow { get; }

    /// <summary>
    /// How far the ultralow group lies from the others in (log₁₀ density, encoder bias, ⟨encoder, decoder⟩): the
    /// Mahalanobis distance of their means under the pooled covariance; above 4 they hardly overlap. NaN without
    /// groups of at least 4 each.
    /// </summary>
    [JsonPropertyName("ultralow_separation")]
    public double UltralowSeparation { get; }

    /// <summary>Dense ones that are hardly ever silent and flat.</summary>
    [JsonPropertyName("offset")]
    public int Offset { get; }

    /// <summary>Dense ones whose activations thin out from 0 on.</summary>
    [JsonPropertyName("not_sparse")]
    public int NotSparse { get; }

    /// <summary>Dense ones with activations that stand apart from 0.</summary>
    [JsonPropertyName("frequent")]
    public int Frequent { get; }

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
