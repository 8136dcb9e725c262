using System.Text.Json.Serialization;

namespace SaeKernels.Metrics;

/// <summary>What is known of one latent: a row of the table that <c>sae features</c> writes.</summary>
/// <remarks>
/// The JSON names are the columns of the table; <c>docs/metrics.md</c> defines each. A figure that is not defined, such
/// as the mean of a latent that was never active, is NaN.
/// </remarks>
public sealed record FeatureRow
{
    /// <summary>The latent, 0 to DSae − 1.</summary>
    [JsonPropertyName("latent")]
    public required int Latent { get; init; }

    /// <summary>The vectors on which it is active.</summary>
    [JsonPropertyName("active_tokens")]
    public required long ActiveTokens { get; init; }

    /// <summary>The share of vectors on which it is active, 0 to 1.</summary>
    [JsonPropertyName("density")]
    public required double Density { get; init; }

    /// <summary>
    /// <c>dead</c>, <c>ultralow</c>, <c>usual</c>, <c>offset</c>, <c>not-sparse</c>, <c>frequent</c> or
    /// <c>unclear</c>: see <see cref="Metrics.DensityClass"/>.
    /// </summary>
    [JsonPropertyName("density_class")]
    public required string DensityClass { get; init; }

    /// <summary>log₁₀ of the density; NaN where it was never active.</summary>
    [JsonPropertyName("log10_density")]
    public required double Log10Density { get; init; }

    /// <summary>Its mean activation over all vectors, silent ones included; 0 where it was never active.</summary>
    [JsonPropertyName("expected_value")]
    public required double ExpectedValue { get; init; }

    /// <summary>Its part of the sum of all latents' activations, 0 to 1: the expected-value mass.</summary>
    [JsonPropertyName("expected_value_share")]
    public required double ExpectedValueShare { get; init; }

    /// <summary>Its mean activation where it is active.</summary>
    [JsonPropertyName("mean")]
    public required double Mean { get; init; }

    /// <summary>The standard deviation of its activations where it is active, divided by their number.</summary>
    [JsonPropertyName("sigma")]
    public required double Sigma { get; init; }

    /// <summary>Its smallest activation where it is active.</summary>
    [JsonPropertyName("min")]
    public required double Min { get; init; }

    /// <summary>Its largest activation.</summary>
    [JsonPropertyName("max")]
    public required double Max { get; init; }

    /// <summary>
    /// <see cref="Mean"/> times the length of its decoder row: it does not change where encoder and decoder are
    /// rescaled.
    /// </summary>
    [JsonPropertyName("absolute_mean")]
    public required double AbsoluteMean { get; init; }

    /// <summary><see cref="Max"/> times the length of its decoder row.</summary>
    [JsonPropertyName("absolute_max")]
    public required double AbsoluteMax { get; init; }

    /// <summary>
    /// The 5 % quantile of its activations where it is active; relative error below 1/128, as all quantiles here.
    /// </summary>
    [JsonPropertyName("q05")]
    public required double Q05 { get; init; }

    /// <summary>The 10 % quantile.</summary>
    [JsonPropertyName("q10")]
    public required double Q10 { get; init; }

    /// <summary>The 25 % quantile.</summary>
    [JsonPropertyName("q25")]
    public required double Q25 { get; init; }

    /// <summary>The median.</summary>
    [JsonPropertyName("q50")]
    public required double Q50 { get; init; }

    /// <summary>The 75 % quantile.</summary>
    [JsonPropertyName("q75")]
    public required double Q75 { get; init; }

    /// <summary>The 90 % quantile.</summary>
    [JsonPropertyName("q90")]
    public required double Q90 { get; init; }

    /// <summary>The 95 % quantile.</summary>
    [JsonPropertyName("q95")]
    public required double Q95 { get; init; }

    /// <summary>The 99 % quantile.</summary>
    [JsonPropertyName("q99")]
    public required double Q99 { get; init; }

    /// <summary>The 99.9 % quantile.</summary>
    [JsonPropertyName("q999")]
    public required double Q999 { get; init; }

    /// <summary>Central skewness of the activations where it is active.</summary>
    [JsonPropertyName("skew_active")]
    public required double SkewActive { get; init; }

    /// <summary>Central excess kurtosis of the activations where it is active.</summary>
    [JsonPropertyName("kurtosis_active")]
    public required double KurtosisActive { get; init; }

    /// <summary>Central skewness over all vectors, zeros included.</summary>
    [JsonPropertyName("skew_all")]
    public required double SkewAll { get; init; }

    /// <summary>Central excess kurtosis over all vectors.</summary>
    [JsonPropertyName("kurtosis_all")]
    public required double KurtosisAll { get; init; }

    /// <summary>E[z³] / Var^1.5 where it is active.</summary>
    [JsonPropertyName("skew_active_uncentered")]
    public required double SkewActiveUncentered { get; init; }

    /// <summary>E[z⁴] / Var² where it is active; no 3 is subtracted.</summary>
    [JsonPropertyName("kurtosis_active_uncentered")]
    public required double KurtosisActiveUncentered { get; init; }

    /// <summary>E[z³] / Var^1.5 over all vectors: what Cunningham et al. 2023 call skew.</summary>
    [JsonPropertyName("skew_all_uncentered")]
    public required double SkewAllUncentered { get; init; }

    /// <summary>E[z⁴] / Var² over all vectors: what Cunningham et al. 2023 call kurtosis.</summary>
    [JsonPropertyName("kurtosis_all_uncentered")]
    public required double KurtosisAllUncentered { get; init; }

    /// <summary>
    /// Sarle's coefficient (skew² + 1) / kurtosis where it is active: 5/9 for an exponential. Not to be used alone.
    /// </summary>
    [JsonPropertyName("bimodality_coefficient")]
    public required double BimodalityCoefficient { get; init; }

    /// <summary>
    /// Whether activations cluster at high values: <c>clustered</c>, <c>not-clustered</c> or <c>too-few</c> (below
    /// 500).
    /// </summary>
    [JsonPropertyName("clustering")]
    public required string Clustering { get; init; }

    /// <summary>The activation of the valley before the upper cluster; NaN without one.</summary>
    [JsonPropertyName("clustering_valley")]
    public required double ClusteringValley { get; init; }

    /// <summary>The activation of the upper cluster's mode; NaN without one.</summary>
    [JsonPropertyName("clustering_mode")]
    public required double ClusteringMode { get; init; }

    /// <summary>Density at the mode over that at the valley; NaN without one.</summary>
    [JsonPropertyName("clustering_ratio")]
    public required double ClusteringRatio { get; init; }

    /// <summary>The share of its activations above the valley; NaN without one.</summary>
    [JsonPropertyName("clustering_mass")]
    public required double ClusteringMass { get; init; }

    /// <summary>
    /// How much better an exponential and a normal part describe its activations than an exponential or a gamma
    /// distribution, as a difference of BIC: above 0 for the mixture. NaN below 500 activations.
    /// </summary>
    [JsonPropertyName("clustering_bic")]
    public required double ClusteringBic { get; init; }

    /// <summary>The length of its decoder row.</summary>
    [JsonPropertyName("decoder_norm")]
    public required double DecoderNorm { get; init; }

    /// <summary>The length of its encoder row.</summary>
    [JsonPropertyName("encoder_norm")]
    public required double EncoderNorm { get; init; }

    /// <summary>⟨encoder row, decoder row⟩.</summary>
    [JsonPropertyName("encoder_decoder_dot")]
    public required double EncoderDecoderDot { get; init; }

    /// <summary>The cosine of the encoder row and the decoder row.</summary>
    [JsonPropertyName("encoder_decoder_cosine")]
    public required double EncoderDecoderCosine { get; init; }

    /// <summary>Its encoder bias.</summary>
    [JsonPropertyName("encoder_bias")]
    public required double EncoderBias { get; init; }

    /// <summary>
    /// The other latent whose decoder row has the largest cosine with its own; the lowest of equal ones; −1 where
    /// there is none.
    /// </summary>
    [JsonPropertyName("nearest_latent")]
    public required int NearestLatent { get; init; }

    /// <summary>That cosine.</summary>
    [JsonPropertyName("nearest_cosine")]
    public required double NearestCosine { get; init; }

    /// <summary>Bits a vector for this latent, h(p) + p · H(16 equal bins on [0, max]).</summary>
    [JsonPropertyName("description_length_bits")]
    public required double DescriptionLengthBits { get; init; }

    /// <summary>Its part of the bits of all latents.</summary>
    [JsonPropertyName("description_length_share")]
    public required double DescriptionLengthShare { get; init; }

    /// <summary>
    /// Bits of its codes on all vectors, zeros included, under a histogram of its own: its part of the per-feature
    /// form of total information.
    /// </summary>
    [JsonPropertyName("information_code_bits")]
    public required double InformationCodeBits { get; init; }

    /// <summary>Bits of the elements of its decoder row under a histogram of its own.</summary>
    [JsonPropertyName("information_direction_bits")]
    public required double InformationDirectionBits { get; init; }

    /// <summary>The lower edge of the histograms of codes, the same for all latents: 0.</summary>
    [JsonPropertyName("information_code_lower_edge")]
    public required double InformationCodeLowerEdge { get; init; }

    /// <summary>The upper edge of the histograms of codes, the same for all latents.</summary>
    [JsonPropertyName("information_code_edge")]
    public required double InformationCodeEdge { get; init; }

    /// <summary>
    /// The lower edge of the histograms of directions, the same for all latents: minus the upper one.
    /// </summary>
    [JsonPropertyName("information_direction_lower_edge")]
    public double InformationDirectionLowerEdge => -this.InformationDirectionEdge;

    /// <summary>The upper edge of the histograms of directions, the same for all latents.</summary>
    [JsonPropertyName("information_direction_edge")]
    public required double InformationDirectionEdge { get; init; }

    /// <summary>The bins of each of these histograms.</summary>
    [JsonPropertyName("information_bins")]
    public required int InformationBins { get; init; }

    /// <summary>The base of the logarithm of these figures: 2, for bits.</summary>
    [JsonPropertyName("information_base")]
    public int InformationBase { get; init; } = HistogramEntropy.Base;

    /// <summary>
    /// Mutual information of being active and the position in the document, in bits; NaN where the data has no
    /// <c>pos</c>.
    /// </summary>
    [JsonPropertyName("position_information_bits")]
    public required double PositionInformationBits { get; init; }

    /// <summary>
    /// Mean number of active tokens of the documents on which it is active at all; NaN without documents.
    /// </summary>
    [JsonPropertyName("tokens_per_active_document")]
    public required double TokensPerActiveDocument { get; init; }

    /// <summary>
    /// Mean number of consecutive tokens of a document on which it is active; NaN where the data has no documents.
    /// </summary>
    [JsonPropertyName("run_length_mean")]
    public required double RunLengthMean { get; init; }

    /// <summary>The longest such run; 0 without one.</summary>
    [JsonPropertyName("run_length_max")]
    public required long RunLengthMax { get; init; }

    /// <summary>Correlation of being active with being active one token later in the document.</summary>
    [JsonPropertyName("autocorrelation_1")]
    public required double Autocorrelation1 { get; init; }

    /// <summary>The same, two tokens later.</summary>
    [JsonPropertyName("autocorrelation_2")]
    public required double Autocorrelation2 { get; init; }

    /// <summary>The same, four tokens later.</summary>
    [JsonPropertyName("autocorrelation_4")]
    public required double Autocorrelation4 { get; init; }

    /// <summary>The same, eight tokens later.</summary>
    [JsonPropertyName("autocorrelation_8")]
    public required double Autocorrelation8 { get; init; }

    /// <summary>
    /// Different tokens among the strongest 80 % of its activations, counted up to 20; 21 means more; −1 where the
    /// data has no <c>token_ids</c>.
    /// </summary>
    [JsonPropertyName("unigram_tokens")]
    public required int UnigramTokens { get; init; }

    /// <summary>
    /// The share of the most frequent token among a uniform sample of at most 128 of these activations; NaN without
    /// tokens.
    /// </summary>
    [JsonPropertyName("unigram_purity")]
    public required double UnigramPurity { get; init; }
}
