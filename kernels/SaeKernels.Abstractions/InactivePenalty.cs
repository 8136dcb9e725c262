namespace SaeKernels.Abstractions;

/// <summary>
/// A price of what keeps latents silent: scale · Σ n[j] · (max(θ[j], 0) − z) over the pairs of a latent and a row in
/// which it is not active, n[j] being 1 or the decoder row's length. It pulls silent latents towards their threshold.
/// </summary>
/// <remarks>
/// <para>With κ = scale · n[j], or 0 for a latent that is not in the mask, dz loses κ in every such pair:
/// ∂b_enc[j] −= κ · N and ∂W_enc[j] −= κ · Σ x̃ over the N rows; ∂θ[j] += κ · N; and where n[j] is ‖W_dec[j]‖,
/// ∂W_dec[j] += scale · Σ (θ − z) · W_dec[j] / ‖W_dec[j]‖, which for a row of zeros is 0.</para>
/// <para>Nearly all pairs are inactive, but none needs a visit: a sum over inactive rows is that over all rows less
/// that over the active entries, and Σ z over all rows is batch · b_enc[j] + ⟨W_enc[j], Σ x̃⟩. An entry of value 0 is
/// not active, one that is NaN is. Without thresholds θ is 0.</para>
/// <para>Source: Conerly et al., "Dictionary learning optimization techniques", January 2025 (all latents); with a mask
/// of dead latents: SAELens' pre-activation loss.</para>
/// </remarks>
public readonly record struct InactivePenalty
{
    /// <summary>The derivative of the loss by n · (θ − z), usually λ / batch; at least 0.</summary>
    public required double Scale { get; init; }

    /// <summary>
    /// Whether n[j] is ‖W_dec[j]‖, as in <see cref="SparsityPenalty"/>; else 1. Not with projected decoder gradients.
    /// </summary>
    public required bool ByDecoderNorm { get; init; }

    /// <summary>The encoder's bias b_enc [DSae], from before a step.</summary>
    public required RealBuffer BEnc { get; init; }

    /// <summary>The latents that pay, those whose element is not 0, [DSae]; null for all.</summary>
    public IntBuffer? Mask { get; init; }

    /// <summary>Receives n[j] · Σ (θ − z) of each latent that pays, and 0 for others, [DSae].</summary>
    public required RealBuffer Sums { get; init; }

    internal void Validate(string operation, int latents, bool isProjected)
    {
        Shape.Require(
            this.Scale >= 0 && double.IsFinite(this.Scale),
            operation,
            $"Inactive.Scale must be a number of at least 0, but is {this.Scale}.",
            "Change Inactive.Scale.");
        Shape.Require(
            !(this.ByDecoderNorm && isProjected),
            operation,
            $"Inactive.ByDecoderNorm must be false where ProjectDecoderGradient is {true}, but is {true}.",
            "Rows of unit length need no weight.");
        Shape.RequireLength(operation, "Inactive.BEnc", this.BEnc, latents);
        Shape.RequireLength(operation, "Inactive.Sums", this.Sums, latents);
        if (this.Mask is not null)
        {
            Shape.RequireLength(operation, "Inactive.Mask", this.Mask, latents);
        }
    }
}
