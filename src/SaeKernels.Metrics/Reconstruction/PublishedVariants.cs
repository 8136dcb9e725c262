using System.Text.Json.Serialization;

namespace SaeKernels.Metrics;

/// <summary>Reconstruction figures as other libraries define them, under the name of the library.</summary>
/// <remarks>
/// <para>They are here to compare with published numbers, defects included; ours are
/// <see cref="ReconstructionFigures"/>. A library's batch is a block of <see cref="PublishedVariantsMetric.Block"/>
/// vectors here, counted from the first one, so that no figure depends on how the data was cut.</para>
/// <para>e = x − x̂, μ the mean of a block. NaN where nothing was seen or an element was NaN.</para>
/// </remarks>
public sealed record PublishedVariants
{
    /// <summary>sparsify: Σ‖e‖² / Σ‖x − μ‖² of each block, averaged over blocks. Lower is better.</summary>
    [JsonPropertyName("fvu_sparsify")]
    public required double FvuSparsify { get; init; }

    /// <summary>SAELens' training log: 1 − mean ‖e‖² / mean ‖x − μ‖² of each block, averaged over blocks.</summary>
    [JsonPropertyName("explained_variance_saelens_log")]
    public required double ExplainedVarianceSaeLensLog { get; init; }

    /// <summary>
    /// SAELens' <c>explained_variance_legacy</c>, e2e_sae and published SAEBench numbers: the mean over vectors of
    /// 1 − ‖e‖² / ‖x − μ‖².
    /// </summary>
    [JsonPropertyName("explained_variance_saelens_legacy")]
    public required double ExplainedVarianceSaeLensLegacy { get; init; }

    /// <summary>The standard deviation of that over vectors, divided by their number less one.</summary>
    [JsonPropertyName("explained_variance_saelens_legacy_std")]
    public required double ExplainedVarianceSaeLensLegacyStd { get; init; }

    /// <summary>
    /// SAELens up to 6.45.0 and SAEBench 0.6.0: 1 − R / (S − (S / DIn)²) with R = mean ‖e‖² and S = mean ‖x‖²; a
    /// defect, mended in 6.45.1, which is our explained variance.
    /// </summary>
    [JsonPropertyName("explained_variance_saelens_6_45_0")]
    public required double ExplainedVarianceSaeLens6450 { get; init; }

    /// <summary>
    /// dictionary_learning: 1 − Σ_d var(e)_d / Σ_d var(x)_d of each block, averaged over blocks: a constant error is
    /// free.
    /// </summary>
    [JsonPropertyName("frac_variance_explained_dictionary_learning")]
    public required double FracVarianceExplained { get; init; }

    /// <summary>overcomplete: 1 − Σe² / Σ(x − m)² with m one number, the mean of all elements.</summary>
    [JsonPropertyName("r2_overcomplete")]
    public required double R2Overcomplete { get; init; }

    /// <summary>
    /// SAELens up to 6.45.1 and SAEBench 0.6: ‖e‖² divided by the vectors of its block, averaged over vectors: divided
    /// by them twice.
    /// </summary>
    [JsonPropertyName("mse_saelens_6_45_1")]
    public required double MseSaeLens6451 { get; init; }

    /// <summary>PyTorch's <c>MSELoss</c>: the mean of e² over vectors and elements.</summary>
    [JsonPropertyName("mse_pytorch")]
    public required double MsePyTorch { get; init; }

    /// <summary>OpenAI: the mean over vectors of ‖e‖² / ‖x‖²; zero vectors left out.</summary>
    [JsonPropertyName("normalized_mse_openai")]
    public required double NormalizedMseOpenAi { get; init; }

    /// <summary>dictionary_learning's <c>l2_loss</c>: the mean of ‖e‖, not squared.</summary>
    [JsonPropertyName("l2_loss_dictionary_learning")]
    public required double L2LossDictionaryLearning { get; init; }

    /// <summary>SAEBench: the mean of ‖x̂‖ / ‖x‖ with ‖x‖ below 1e-4 replaced by 1.</summary>
    [JsonPropertyName("l2_ratio_saebench")]
    public required double L2RatioSaeBench { get; init; }

    /// <summary>
    /// SynthSAEBench's <c>shrinkage</c>: the mean of ‖x̂‖ / ‖x‖, vectors with ‖x‖ up to 1e-6 left out.
    /// </summary>
    [JsonPropertyName("shrinkage")]
    public required double Shrinkage { get; init; }
}
