using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Thresholds of latents and their gradients; a default value where there are none.</summary>
internal readonly unsafe struct JumpRows
{
    private readonly float* values;
    private readonly float* gradients;
    private readonly float bandwidth;
    private readonly float halfWidth;
    private readonly float stepScale;

    /// <summary>Opens thresholds.</summary>
    public JumpRows(JumpThreshold threshold)
    {
        this.values = HostPointers.Of(threshold.Values);
        this.gradients = HostPointers.Of(threshold.Gradients);
        this.bandwidth = (float)threshold.Bandwidth;
        this.halfWidth = (float)(threshold.Bandwidth / 2);
        double l0 = threshold.L0 is ScalarSlot slot ? *HostPointers.Of(slot) : 0;
        this.stepScale = (float)(threshold.StepScale + (threshold.StepScalePerL0 * l0));
        this.FlowsToInput = threshold.FlowsToInput;
    }

    /// <summary>Whether the gradient of the estimator reaches pre-activations.</summary>
    public bool FlowsToInput { get; }

    /// <summary>Whether there are thresholds.</summary>
    public bool Exist => this.values is not null;

    /// <summary>What a latent's pre-activations must exceed to be active.</summary>
    public float CutOf(int latent) => this.Exist ? Of(this.values[latent]) : 0;

    /// <summary>What a pre-activation must exceed to be near a cut.</summary>
    public float LowOf(float cut) => cut - this.halfWidth;

    /// <summary>What a pre-activation must stay below to be near a cut.</summary>
    public float HighOf(float cut) => cut + this.halfWidth;

    /// <summary>What the gradient of a near pre-activation gains.</summary>
    /// <param name="cut">What it must exceed to be active.</param>
    /// <param name="gradient">The gradient of the loss by its value.</param>
    public float Flow(float cut, float gradient) =>
        this.FlowsToInput ? ((cut * gradient) + this.stepScale) / this.bandwidth : 0;

    /// <inheritdoc cref="Flow(float, float)"/>
    public Vector<float> Flow(Vector<float> cut, Vector<float> gradient) =>
        ((cut * gradient) + new Vector<float>(this.stepScale)) / new Vector<float>(this.bandwidth);

    /// <summary>What pre-activations must exceed for a threshold: nothing but NaN passes one that is NaN.</summary>
    public static float Of(float threshold) =>
        float.IsNaN(threshold) ? float.PositiveInfinity : Math.Max(threshold, 0);

    /// <summary>Stores the gradient of a latent's threshold; returns its square.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="sum">The sum of the near entries' gradients by their values.</param>
    /// <param name="count">The number of near entries.</param>
    /// <param name="ofInactive">What rows in which the latent is not active add.</param>
    public double Finish(int latent, float sum, float count, float ofInactive)
    {
        if (!this.Exist)
        {
            return 0;
        }

        // A latent without near entries has none either where its threshold is NaN.
        float near = count == 0 ? 0 : ((CutOf(latent) * sum) + (this.stepScale * count)) / this.bandwidth;
        float gradient = ofInactive - near;
        this.gradients[latent] = gradient;
        return (double)gradient * gradient;
    }
}
