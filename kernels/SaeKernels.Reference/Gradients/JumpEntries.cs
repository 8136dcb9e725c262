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
    private double cut;
    private double sum;

    public JumpEntries(JumpThreshold threshold)
    {
        this.threshold = threshold;
        this.halfWidth = Reals<T>.Round(threshold.Bandwidth / 2);
        double l0 = threshold.L0 is ScalarSlot slot ? Host.Load<T>(slot) : 0;
        this.stepScale = threshold.StepScale + (threshold.StepScalePerL0 * l0);
    }

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
        this.cut = CutOf(ofLatent);
        this.sum = 0;
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="gradValue">The gradient of the loss by its value.</param>
    public void Add(double value, double gradValue)
    {
        if (value < Reals<T>.Round(this.cut + this.halfWidth))
        {
            this.sum += (this.cut * gradValue) + this.stepScale;
        }
    }

    /// <summary>Stores the gradient of the latent's threshold, and returns it.</summary>
    public double End()
    {
        double gradient = -this.sum / this.threshold.Bandwidth;
        Reals<T> gradients = Reals<T>.Of(this.threshold.Gradients);
        gradients[this.latent] = gradient;
        return gradient;
    }

    private double CutOf(int ofLatent) => Math.Max(Reals<T>.Of(this.threshold.Values)[ofLatent], 0);
}
