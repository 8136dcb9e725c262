using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>The magnitudes of gated latents and the gradients of what they are made of.</summary>
internal readonly unsafe struct GateRows(GateGradients gate)
{
    private readonly float* biases = HostPointers.Of(gate.Biases);
    private readonly float* gradBiases = HostPointers.Of(gate.GradBiases);
    private readonly float* gradLogGains = HostPointers.Of(gate.GradLogGains);

    /// <summary>From pre-activations of gates to magnitudes.</summary>
    public GateLines Lines { get; } = new(gate.Magnitudes);

    /// <summary>Stores the gradients of a latent without entries.</summary>
    public void FinishIdle(int latent)
    {
        this.gradBiases[latent] = 0;
        this.gradLogGains[latent] = 0;
    }

    /// <summary>Stores the gradients of a latent, ∂b_mag and ∂r; returns their squared norm.</summary>
    /// <remarks>
    /// ∂r = Σ dm · (f − b_mag), and Σ f · dm is ⟨∂W_dec[j], W_dec[j]⟩: no entry needs to be visited for it.
    /// </remarks>
    /// <param name="latent">The latent.</param>
    /// <param name="along">⟨∂W_dec[j], W_dec[j]⟩ before a projection.</param>
    /// <param name="gradBias">∂b_mag.</param>
    public double Finish(int latent, float along, float gradBias)
    {
        float gradLogGain = along - (this.biases[latent] * gradBias);
        this.gradBiases[latent] = gradBias;
        this.gradLogGains[latent] = gradLogGain;
        return ((double)gradBias * gradBias) + ((double)gradLogGain * gradLogGain);
    }
}
