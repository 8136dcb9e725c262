using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>What belongs to the magnitudes of a gated encoder, latent after latent.</summary>
internal sealed class GateEntries<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly GateGradients gate;
    private int latent;
    private double shift;
    private double bias;
    private double gradBias;
    private double gradLogGain;

    public GateEntries(GateGradients gate) => this.gate = gate;

    /// <summary>e^r of the latent.</summary>
    public double Gain { get; private set; }

    /// <summary>Begins a latent.</summary>
    public void Begin(int ofLatent)
    {
        this.latent = ofLatent;
        this.Gain = Reals<T>.Of(this.gate.Magnitudes.Gains)[ofLatent];
        this.shift = Reals<T>.Of(this.gate.Magnitudes.Shifts)[ofLatent];
        this.bias = Reals<T>.Of(this.gate.Biases)[ofLatent];
        this.gradBias = 0;
        this.gradLogGain = 0;
    }

    /// <summary>The magnitude of an entry of the latent.</summary>
    public double Of(double preActivation) => Reals<T>.Round(GateMagnitudes.Of(this.Gain, this.shift, preActivation));

    /// <summary>Adds an entry.</summary>
    /// <param name="magnitude">Its magnitude.</param>
    /// <param name="gradMagnitude">The gradient of the loss by it.</param>
    /// <returns>What the gradient of its pre-activation gains.</returns>
    public double Add(double magnitude, double gradMagnitude)
    {
        if (magnitude == 0)
        {
            return 0;
        }

        this.gradBias += gradMagnitude;
        this.gradLogGain += gradMagnitude * (magnitude - this.bias);
        return this.Gain * gradMagnitude;
    }

    /// <summary>Stores the gradients of the latent's bias and gain.</summary>
    /// <returns>What the encoder's path gains beside ∂b_enc, and the squares of both gradients.</returns>
    public (double OfPath, double Squares) End()
    {
        Reals<T> gradBiases = Reals<T>.Of(this.gate.GradBiases);
        Reals<T> gradLogGains = Reals<T>.Of(this.gate.GradLogGains);
        gradBiases[this.latent] = this.gradBias;
        gradLogGains[this.latent] = this.gradLogGain;
        return (
            this.Gain * this.gradBias,
            (this.gradBias * this.gradBias) + (this.gradLogGain * this.gradLogGain));
    }
}
