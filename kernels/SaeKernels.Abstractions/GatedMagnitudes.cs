namespace SaeKernels.Abstractions;

/// <summary>
/// From the pre-activation π of a gate to the magnitude of its latent: f = max(gain[j] · π + shift[j], 0) where
/// π &gt; 0 or NaN, else 0.
/// </summary>
/// <remarks>
/// Gate and magnitude read the same encoder row: with u = W_enc[j]·x̃, π = u + b_gate[j] and f = max(e^r[j] · u +
/// b_mag[j], 0), so that gain = e^r and shift = b_mag − e^r · b_gate. <see cref="IComputeBackend.GateMagnitudes"/>
/// computes both. Source: Rajamanoharan et al., "Improving dictionary learning with gated sparse autoencoders", 2024,
/// §3.2 and appendix.
/// </remarks>
/// <param name="Gains">The gains e^r [DSae].</param>
/// <param name="Shifts">The shifts b_mag − e^r · b_gate [DSae].</param>
public readonly record struct GatedMagnitudes(RealBuffer Gains, RealBuffer Shifts)
{
    internal void Validate(string operation, int latents)
    {
        Shape.RequireLength(operation, "Gate.Gains", this.Gains, latents);
        Shape.RequireLength(operation, "Gate.Shifts", this.Shifts, latents);
    }
}
