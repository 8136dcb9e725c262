namespace SaeKernels.Abstractions;

/// <summary>
/// The entries of a ReLU encoder: latent j is active in every row where its pre-activation b_enc[j] + W_enc[j]·x̃ is
/// positive, or above its <see cref="JumpThreshold"/> where there are such, with that value.
/// </summary>
/// <param name="Latents">The number of latents, DSae; at least 1.</param>
/// <param name="BEnc">The encoder's bias b_enc [DSae].</param>
public readonly record struct ReluEntries(int Latents, RealBuffer BEnc)
{
    /// <summary>
    /// The codes that a list beside this was built from: entries are computed anew only where the codes had no room for
    /// them, <see cref="SparseCodes.NeededEntries"/> being above the capacity. Null where nothing was listed.
    /// </summary>
    public SparseCodes? Codes { get; init; }

    internal void Validate(string operation)
    {
        Shape.Require(
            this.Latents >= 1, operation, $"Relu.Latents must be at least 1, but is {this.Latents}.", "Pass DSae.");
        Shape.RequireLength(operation, "Relu.BEnc", this.BEnc, this.Latents);
    }
}
