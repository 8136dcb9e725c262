namespace SaeKernels.Abstractions;

/// <summary>
/// What the gradients of a gated encoder are made of, whose entries are pre-activations π &gt; 0 of its gates.
/// </summary>
/// <remarks>
/// <para>Residuals have two blocks of batch rows: e of the magnitudes f, and below it e′ of ReLU(π), both with
/// <see cref="LatentGradientInputs.ResidualScale"/>. With g = scale · e and g′ = scale · e′:
/// dm = ⟨g, W_dec[j]⟩ where f is not 0, else 0; dπ = ⟨g′, W_dec[j]⟩ plus what a penalty adds for the value π;
/// ∂b_enc[j] = Σ dπ, ∂b_mag[j] = Σ dm, ∂r[j] = Σ dm · (f − b_mag[j]), ∂W_enc[j] = Σ (dπ + gain · dm)·x̃ and
/// ∂W_dec[j] = Σ f·g. The decoder is a constant of e′, so that e′ adds nothing to ∂W_dec.</para>
/// <para>The encoder's path has ∂b_enc[j] + gain · ∂b_mag[j] in the place of ∂b_enc[j]. Squared norms have ∂b_mag² and
/// ∂r². Source: Rajamanoharan et al., "Improving dictionary learning with gated sparse autoencoders", 2024, §3.2 and
/// appendix.</para>
/// </remarks>
public readonly record struct GateGradients
{
    /// <summary>From π to f.</summary>
    public required GatedMagnitudes Magnitudes { get; init; }

    /// <summary>The biases of the magnitudes b_mag [DSae], from before a step.</summary>
    public required RealBuffer Biases { get; init; }

    /// <summary>Receives ∂b_mag [DSae].</summary>
    public required RealBuffer GradBiases { get; init; }

    /// <summary>Receives ∂r [DSae].</summary>
    public required RealBuffer GradLogGains { get; init; }

    internal void Validate(string operation, int latents)
    {
        this.Magnitudes.Validate(operation, latents);
        Shape.RequireLength(operation, "Gate.Biases", this.Biases, latents);
        Shape.RequireLength(operation, "Gate.GradBiases", this.GradBiases, latents);
        Shape.RequireLength(operation, "Gate.GradLogGains", this.GradLogGains, latents);
    }
}
