using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>How well reconstructions x̂ match activations x over all vectors seen.</summary>
/// <remarks>
/// Every figure is NaN where nothing was seen or an element was NaN, and NaN or infinite where an element was infinite:
/// a single broken vector shows. Sums are over vectors and elements; e = x − x̂, and x̄ is the mean of the vectors
/// seen.
/// </remarks>
public sealed record ReconstructionFigures
{
    /// <summary>The vectors seen.</summary>
    public required long Vectors { get; init; }

    /// <summary>The mean of ‖e‖² over vectors, in squared units of the activations. Lower is better.</summary>
    /// <remarks>
    /// As in <c>DecodeResidual</c> and in SAELens after 6.45.1 (up to it, and in SAEBench 0.6, it is divided by the
    /// vectors twice). Not the mean over elements too, which PyTorch's <c>MSELoss</c> gives: that is DIn times smaller.
    /// </remarks>
    public required double Mse { get; init; }

    /// <summary>
    /// Σ‖e‖² / Σ‖x − x̄‖²: the fraction of variance unexplained, a ratio of two sums over all vectors. Lower is better;
    /// 0 is perfect, 1 is what x̄ alone reaches.
    /// </summary>
    /// <remarks>
    /// NaN where all vectors are equal. Not sparsify's <c>fvu</c>, which takes the mean of each batch, and not one
    /// minus dictionary_learning's <c>frac_variance_explained</c>, which forgives a constant error.
    /// </remarks>
    public required double Fvu { get; init; }

    /// <summary>The mean of ‖x − x̄‖² over vectors, which <see cref="Mse"/> is held against.</summary>
    public double Variance { get; init; }

    /// <summary>1 − <see cref="Fvu"/>. Higher is better; 1 is perfect, and it may be negative.</summary>
    /// <remarks>
    /// Not <c>explained_variance_legacy</c> of SAELens and SAEBench, a mean of each vector's own ratio.
    /// </remarks>
    public required double ExplainedVariance { get; init; }

    /// <summary>
    /// The mean of ⟨x, x̂⟩ / (‖x‖·‖x̂‖) over vectors that are not zero. Higher is better; 1 is perfect.
    /// </summary>
    /// <remarks>A vector whose reconstruction is zero counts as 0. NaN where every vector is zero.</remarks>
    public required double Cosine { get; init; }

    /// <summary>
    /// The mean of ‖x̂‖ / ‖x‖ over vectors that are not zero. Best at 1; below it, reconstructions are too short.
    /// </summary>
    /// <remarks>
    /// A mean of ratios. NaN where every vector is zero. SAEBench replaces ‖x‖ below 1e-4 by 1; this does not.
    /// </remarks>
    public required double L2Ratio { get; init; }

    /// <summary>Σ‖x̂‖² / Σ⟨x, x̂⟩, a ratio of sums. Best at 1; below it, activations are shrunk.</summary>
    /// <remarks>
    /// NaN where every reconstruction is zero. Source: Rajamanoharan et al. 2024, arXiv:2404.16014, equation 10.
    /// </remarks>
    public required double RelativeReconstructionBias { get; init; }

    /// <summary>Reads the figures of all vectors that were compared.</summary>
    /// <param name="all">What a backend found, or several parts of it (<see cref="ReconstructionTotals"/>).</param>
    public static ReconstructionFigures Of(ReconstructionSnapshot all)
    {
        ArgumentNullException.ThrowIfNull(all);
        ReconstructionSums sums = all.Sums;
        // Constant data has no variance to explain, whatever the error: NaN, not 0 or infinity.
        double total = all.Variation.Value > 0 ? all.Variation.Value : double.NaN;
        double fvu = sums.SquaredErrors / total;
        return new ReconstructionFigures
        {
            Vectors = sums.Vectors,
            Mse = sums.SquaredErrors / sums.Vectors,
            Fvu = fvu,
            Variance = all.Variation.Value / sums.Vectors,
            ExplainedVariance = 1 - fvu,
            Cosine = sums.Cosines / sums.NonZeroVectors,
            L2Ratio = sums.LengthRatios / sums.NonZeroVectors,
            RelativeReconstructionBias = sums.SquaredReconstructions / sums.Products,
        };
    }
}
