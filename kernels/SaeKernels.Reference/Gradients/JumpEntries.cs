using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>What belongs to a threshold: which entries are listed, and its gradient, latent after latent.</summary>
internal sealed class JumpEntries<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly JumpThreshold threshold;
    private readonly double halfWidth;
    private readonly double stepScale;
    private int latent;
    private double sum;

    public JumpEntries(JumpThreshold threshold)
    {
        this.threshold = threshold;
        this.halfWidth = Reals<T>.Round(threshold.Bandwidth / 2);
        double l0 = threshold.L0 is ScalarSlot slot ? Host.Load<T>(slot) : 0;
        this.stepScale = threshold.StepScale + (threshold.StepScalePerL0 * l0);
    }

    /// <summary>What the latent's pre-activations must exceed to be active.</summary>
    public double Cut { get; private set; }

    /// <summary>Whether a pre-activation is an entry; its value is 0 where it is near its threshold only.</summary>
    public bool Lists(int ofLatent, double preActivation, out double value)
    {
        double limit = CutOf(ofLatent);
        value = preActivation <= limit ? 0 : preActivation;
        return preActivation > Reals<T>.Round(limit - this.halfWidth) || double.IsNaN(preActivation);
    }

    /// <summary>Begins a latent.</summary>
    public void Begin(int ofLatent)
    {
        this.latent = ofLatent;
        this.Cut = CutOf(ofLatent);
        this.sum = 0;
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="gradValue">The gradient of the loss by its value.</param>
    /// <returns>What the gradient of its pre-activation gains.</returns>
    public double Add(double value, double gradValue)
    {
        if (!(value < Reals<T>.Round(this.Cut + this.halfWidth)))
        {
            return 0;
        }

        double term = (this.Cut * gradValue) + this.stepScale;
        this.sum += term;
        return this.threshold.FlowsToInput ? term / this.threshold.Bandwidth : 0;
    }

    /// <summary>Stores the gradient of the latent's threshold, and returns it.</summary>
    /// <param name="ofInactive">What rows in which the latent is not active add to it.</param>
    public double End(double ofInactive)
    {
        double gradient = ofInactive - (this.sum / this.threshold.Bandwidth);
        Reals<T> gradients = Reals<T>.Of(this.threshold.Gradients);
        gradients[this.latent] = gradient;
        return gradient;
    }

    private double CutOf(int ofLatent) => Math.Max(Reals<T>.Of(this.threshold.Values)[ofLatent], 0);
}
