namespace SaeKernels.Abstractions;

/// <summary>
/// The thresholds θ of a JumpReLU encoder, f = z · H(z − θ), and what their gradient is made of; θ below 0 counts as 0.
/// </summary>
/// <remarks>
/// H has no gradient, so a rectangle of width ε stands in for its derivative (a straight-through estimator). An entry
/// is active where z &gt; θ, and near where θ − ε/2 &lt; z &lt; θ + ε/2, both sums rounded to float32. What is not
/// active has the value 0 and dz = 0, and adds nothing to the weights. With G = ⟨g, W_dec[j]⟩ plus what a penalty adds
/// for an entry's value, active or not, and s the derivative of the loss by the number of active entries:
/// ∂θ[j] = −(1/ε) · Σ (θ[j]·G + s) over the near entries. An entry that is NaN is active and not near. Since H depends
/// on z − θ alone, the same estimator has the opposite gradient by z; with <see cref="FlowsToInput"/> the dz of a near
/// entry, active or not, gains (1/ε) · (θ[j]·G + s).
/// Source: Rajamanoharan et al., "Jumping ahead", 2024, §3 and appendix A; the flow to the input: Conerly et al.,
/// "Dictionary learning optimization techniques", January 2025.
/// </remarks>
public readonly record struct JumpThreshold
{
    /// <summary>The thresholds θ [DSae].</summary>
    public required RealBuffer Values { get; init; }

    /// <summary>The width ε of the rectangle; positive.</summary>
    public required double Bandwidth { get; init; }

    /// <summary>Whether the estimator's gradient reaches pre-activations, and so the encoder, too.</summary>
    public bool FlowsToInput { get; init; }

    /// <summary>The part of s that is known beforehand, such as λ / batch.</summary>
    public required double StepScale { get; init; }

    /// <summary>What is added to s for each unit of <see cref="L0"/>; without effect where that is null.</summary>
    public double StepScalePerL0 { get; init; }

    /// <summary>The mean number of active latents of the batch, where s depends on it; else null.</summary>
    public ScalarSlot? L0 { get; init; }

    /// <summary>Receives ∂θ [DSae].</summary>
    public required RealBuffer Gradients { get; init; }

    internal void Validate(string operation, int latents)
    {
        Shape.Require(
            this.Bandwidth > 0 && double.IsFinite(this.Bandwidth),
            operation,
            $"Threshold.Bandwidth must be a positive number, but is {this.Bandwidth}.",
            "Change Threshold.Bandwidth.");
        Shape.Require(
            double.IsFinite(this.StepScale) && double.IsFinite(this.StepScalePerL0),
            operation,
            $"Threshold.StepScale and StepScalePerL0 must be numbers, but are {this.StepScale} and "
            + $"{this.StepScalePerL0}.",
            "Change them.");
        Shape.RequireLength(operation, "Threshold.Values", this.Values, latents);
        Shape.RequireLength(operation, "Threshold.Gradients", this.Gradients, latents);
    }
}
