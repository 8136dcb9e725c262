using System.Text.Json.Serialization;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>The figures of a model on a set of vectors; the JSON names are those of <c>docs/metrics.md</c>.</summary>
public sealed record EvaluationResult
{
    /// <summary>The vectors evaluated.</summary>
    [JsonPropertyName("tokens")]
    public required long Tokens { get; init; }

    /// <summary>The mean of ‖x − x̂‖².</summary>
    [JsonPropertyName("mse")]
    public required double Mse { get; init; }

    /// <summary>Σ‖x − x̂‖² / Σ‖x − x̄‖²; lower is better.</summary>
    [JsonPropertyName("fvu")]
    public required double Fvu { get; init; }

    /// <summary>1 − FVU.</summary>
    [JsonPropertyName("explained_variance")]
    public required double ExplainedVariance { get; init; }

    /// <summary>The mean cosine of x and x̂.</summary>
    [JsonPropertyName("cosine")]
    public required double Cosine { get; init; }

    /// <summary>The mean of ‖x̂‖ / ‖x‖.</summary>
    [JsonPropertyName("l2_ratio")]
    public required double L2Ratio { get; init; }

    /// <summary>Σ‖x̂‖² / Σ⟨x, x̂⟩.</summary>
    [JsonPropertyName("relative_reconstruction_bias")]
    public required double RelativeReconstructionBias { get; init; }

    /// <summary>The mean number of active latents.</summary>
    [JsonPropertyName("l0")]
    public required double L0 { get; init; }

    /// <summary>The mean sum of activations.</summary>
    [JsonPropertyName("l1")]
    public required double L1 { get; init; }

    /// <summary>The share of latents active at least once.</summary>
    [JsonPropertyName("alive_fraction")]
    public required double AliveFraction { get; init; }

    /// <summary>The share of latents never active on these vectors.</summary>
    [JsonPropertyName("silent_fraction_eval")]
    public required double SilentFractionEval { get; init; }

    /// <summary>
    /// The share of latents silent over training's last dead-after vectors; null where training is not known.
    /// </summary>
    [JsonPropertyName("dead_fraction")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? DeadFraction { get; init; }

    /// <summary>
    /// Mean over the true directions of the largest cosine to a learned one; null without known truth.
    /// </summary>
    [JsonPropertyName("mmcs_recall")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MmcsRecall { get; init; }

    /// <summary>
    /// Mean over the learned directions of the largest cosine to a true one; null without known truth.
    /// </summary>
    [JsonPropertyName("mmcs_precision")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MmcsPrecision { get; init; }

    /// <summary>
    /// Mean |cosine| under the best one-to-one matching of true and learned directions; null without known truth.
    /// </summary>
    [JsonPropertyName("mcc")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Mcc { get; init; }

    /// <summary>The harmonic mean of both MMCS; null without known truth.</summary>
    [JsonPropertyName("mmcs_harmonic")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MmcsHarmonic { get; init; }

    /// <summary>Share of true directions with a learned one above 0.9; null without known truth.</summary>
    [JsonPropertyName("recovered_fraction")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? RecoveredFraction { get; init; }

    /// <summary>Share of learned directions with a true one above 0.9; null without known truth.</summary>
    [JsonPropertyName("genuine_fraction")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? GenuineFraction { get; init; }

    /// <summary>What <see cref="MmcsRecall"/> expects of random directions; null without known truth.</summary>
    [JsonPropertyName("mmcs_recall_random")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MmcsRecallRandom { get; init; }

    /// <summary>What <see cref="MmcsPrecision"/> expects of random directions; null without known truth.</summary>
    [JsonPropertyName("mmcs_precision_random")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MmcsPrecisionRandom { get; init; }

    /// <summary>What <see cref="Mcc"/> is for a pair of random dictionaries; null without known truth.</summary>
    [JsonPropertyName("mcc_random")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? MccRandom { get; init; }

    /// <summary>Mean over latents of the share of firings that its feature has; null without true codes.</summary>
    [JsonPropertyName("precision")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Precision { get; init; }

    /// <summary>Mean over latents of the share of its feature's firings that it has; null without true codes.</summary>
    [JsonPropertyName("recall")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Recall { get; init; }

    /// <summary>Mean over latents of the harmonic mean of both; null without true codes.</summary>
    [JsonPropertyName("f1")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? F1 { get; init; }

    /// <summary>Different features that latents resemble most, over latents; null without true codes.</summary>
    [JsonPropertyName("uniqueness")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Uniqueness { get; init; }

    /// <summary>The share of latents active on more than 1 % of the vectors.</summary>
    [JsonPropertyName("density_above_1_percent")]
    public required double DensityAboveOnePercent { get; init; }

    /// <summary>The share of latents active on more than 10 % of the vectors.</summary>
    [JsonPropertyName("density_above_10_percent")]
    public required double DensityAboveTenPercent { get; init; }

    /// <summary>The share of all activity that is of latents active on more than 1 % of the vectors.</summary>
    [JsonPropertyName("activity_above_1_percent")]
    public required double ActivityAboveOnePercent { get; init; }

    /// <summary>The share of all activity that is of latents active on more than 10 % of the vectors.</summary>
    [JsonPropertyName("activity_above_10_percent")]
    public required double ActivityAboveTenPercent { get; init; }

    /// <summary>Figures as other libraries define them; null where they were not asked for.</summary>
    [JsonIgnore]
    public PublishedVariants? Variants { get; init; }

    /// <summary>The figures of every site of a crosscoder; null elsewhere.</summary>
    [JsonIgnore]
    public IReadOnlyList<SiteFigures>? Sites { get; init; }

    /// <summary>How much of each latent of a crosscoder lies in each site; null elsewhere.</summary>
    [JsonIgnore]
    public SiteShares? Shares { get; init; }

    /// <summary>Vectors a second.</summary>
    [JsonPropertyName("tokens_per_second")]
    public required double TokensPerSecond { get; init; }
}
