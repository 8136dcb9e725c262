namespace SaeKernels.Training;

/// <summary>What every training objective is told.</summary>
/// <param name="Batch">The largest batch.</param>
/// <param name="ResidualRows">Rows of residuals: batch, or twice that with an auxiliary loss.</param>
/// <param name="Variance">The variance of a vector, above 0.</param>
/// <param name="MaxGradientNorm">The norm that gradients are clipped to; +∞ for no clipping.</param>
/// <param name="DeadAfterTokens">A latent is dead once this many vectors went by without it.</param>
/// <param name="NormalizeDecoder">Whether decoder rows are kept at unit length.</param>
internal readonly record struct SharedObjectiveOptions(
    int Batch,
    int ResidualRows,
    double Variance,
    double MaxGradientNorm,
    long DeadAfterTokens,
    bool NormalizeDecoder);
