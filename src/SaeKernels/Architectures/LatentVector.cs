namespace SaeKernels;

/// <summary>A number for each latent that an architecture has beside the encoder's bias, such as a threshold.</summary>
/// <param name="Name">The name in code and in checkpoints.</param>
/// <param name="TensorName">The name in SAELens' layout.</param>
/// <param name="IsTrained">Whether an optimiser changes it by a gradient; else training sets it in other ways.</param>
public sealed record LatentVector(string Name, string TensorName, bool IsTrained)
{
    /// <summary>The name of what a pre-activation must exceed, θ.</summary>
    public const string ThresholdName = "Threshold";

    /// <summary>The name of the bias of what a gate lets through, b_mag.</summary>
    public const string MagnitudeBiasName = "MagnitudeBias";

    /// <summary>The name of the logarithm of its gain, r.</summary>
    public const string LogGainName = "LogGain";
}
