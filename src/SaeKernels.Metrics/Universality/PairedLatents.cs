namespace SaeKernels.Metrics;

/// <summary>How alike one latent of a model and one of another are over the same tokens.</summary>
/// <param name="Latent">The other model's latent; −1 where there is none.</param>
/// <param name="Correlation">
/// Pearson's correlation of their activations over all tokens, the universality of Bricken et al. 2023; −1 to 1, NaN
/// where one never varies.
/// </param>
/// <param name="MaskedCosine">
/// The larger of the cosines of their activations over the tokens where the one, or the other, is active; 0 where they
/// never are together, 1 where one is a multiple of the other wherever it is active. Bricken et al. 2023 take about 0.4
/// and more for split features.
/// </param>
public readonly record struct PairedLatent(int Latent, double Correlation, double MaskedCosine);

/// <summary>Two latents that are active on much the same tokens: an edge of a map of how features split.</summary>
/// <param name="First">The latent of the first model.</param>
/// <param name="Second">The latent of the second model.</param>
/// <param name="Correlation">As in <see cref="PairedLatent"/>.</param>
/// <param name="MaskedCosine">As in <see cref="PairedLatent"/>.</param>
public readonly record struct PairEdge(int First, int Second, double Correlation, double MaskedCosine);

/// <summary>The best partners of the latents of two models over the same tokens.</summary>
/// <param name="OfFirst">For each latent of the first model, the one of the second that correlates most with
/// it.</param>
/// <param name="OfSecond">For each latent of the second model, the one of the first.</param>
/// <param name="MostMaskedOfFirst">
/// For each latent of the first model, the one of the second with the largest masked cosine.
/// </param>
/// <param name="MostMaskedOfSecond">For each latent of the second model, the one of the first.</param>
public sealed record PairedLatents(
    IReadOnlyList<PairedLatent> OfFirst,
    IReadOnlyList<PairedLatent> OfSecond,
    IReadOnlyList<PairedLatent> MostMaskedOfFirst,
    IReadOnlyList<PairedLatent> MostMaskedOfSecond)
{
    /// <summary>
    /// All pairs with a masked cosine of at least <see cref="UniversalityPass.EdgesFrom"/>, by the first model's latent
    /// and then the second's; none unless asked for.
    /// </summary>
    public IReadOnlyList<PairEdge> Edges { get; init; } = [];

    /// <summary>The share of tokens on which each latent of the first model is active.</summary>
    public required IReadOnlyList<double> DensityOfFirst { get; init; }

    /// <summary>The share of tokens on which each latent of the second model is active.</summary>
    public required IReadOnlyList<double> DensityOfSecond { get; init; }

    /// <summary>
    /// The median over the first model's latents, those that vary, of the correlation with the best partner.
    /// </summary>
    public double MedianCorrelation => Median(this.OfFirst);

    /// <summary>The same over the second model's latents.</summary>
    public double MedianCorrelationOfSecond => Median(this.OfSecond);

    private static double Median(IReadOnlyList<PairedLatent> pairs)
    {
        double[] sorted = [.. pairs.Select(pair => pair.Correlation).Where(value => !double.IsNaN(value)).Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
