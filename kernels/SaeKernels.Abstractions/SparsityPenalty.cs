namespace SaeKernels.Abstractions;

/// <summary>
/// A penalty on activations: scale · Σ φ(n[j] · v) over the entries, n[j] being 1 or the decoder row's length, and
/// φ(u) = u (L1) or another <see cref="PenaltyCurve"/>.
/// </summary>
/// <remarks>
/// It adds scale · n[j] · φ′(n[j]·v) to the dz of every entry, and where n[j] is ‖W_dec[j]‖ also
/// scale · Σ v · φ′(n[j]·v) · W_dec[j] / ‖W_dec[j]‖ to ∂W_dec[j]; for a row of zeros that is 0.
/// Source: Bricken et al. 2023 (n = 1); Anthropic interpretability team, "Training sparse autoencoders", April 2024.
/// </remarks>
public readonly record struct SparsityPenalty
{
    /// <summary>The derivative of the loss by φ, usually λ / batch; at least 0.</summary>
    public required double Scale { get; init; }

    /// <summary>Where not null, a factor on <see cref="Scale"/> that the device reads; at least 0.</summary>
    public ScalarSlot? Factor { get; init; }

    /// <summary>Whether n[j] is ‖W_dec[j]‖; else 1. Not with projected decoder gradients.</summary>
    public required bool ByDecoderNorm { get; init; }

    /// <summary>φ; default <see cref="PenaltyCurve.Linear"/>.</summary>
    public PenaltyCurve Curve { get; init; }

    /// <summary>Receives Σ φ(n[j] · v) of each latent, [DSae].</summary>
    public required RealBuffer Sums { get; init; }

    internal void Validate(string operation, int latents, bool isProjected)
    {
        Shape.Require(
            this.Scale >= 0 && double.IsFinite(this.Scale),
            operation,
            $"Penalty.Scale must be a number of at least 0, but is {this.Scale}.",
            "Change Penalty.Scale.");
        Shape.Require(
            !(this.ByDecoderNorm && isProjected),
            operation,
            $"Penalty.ByDecoderNorm must be false where ProjectDecoderGradient is {true}, but is {this.ByDecoderNorm}.",
            "Rows of unit length need no weight.");
        Shape.RequireLength(operation, "Penalty.Sums", this.Sums, latents);
    }
}
