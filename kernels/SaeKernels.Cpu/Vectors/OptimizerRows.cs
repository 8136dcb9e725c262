using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>One optimiser step on rows of parameters.</summary>
internal readonly unsafe struct OptimizerRows
{
    private readonly AdamRows adam;
    private readonly SignumRows signum;
    private readonly bool isSignum;
    private readonly float kept;

    /// <summary>Prepares a step.</summary>
    /// <param name="step">Its scalars.</param>
    /// <param name="gradientFactor">A factor on every gradient; null for 1.</param>
    public OptimizerRows(in OptimizerStep step, ScalarSlot? gradientFactor)
    {
        this.isSignum = step.Kind == OptimizerKind.Signum;
        this.adam = this.isSignum ? default : new AdamRows(step, gradientFactor);
        this.signum = this.isSignum ? new SignumRows(step, gradientFactor) : default;
        this.kept = (float)(1 - (step.LearningRate * step.WeightDecay));
    }

    /// <summary>Where a second moment lies; any address where the step has none.</summary>
    public static float* SecondMoment(RealBuffer? buffer) => buffer is null ? null : HostPointers.Of(buffer);

    /// <summary>Updates parameters and what their optimiser keeps.</summary>
    /// <param name="values">The parameters.</param>
    /// <param name="first">Adam's first moments, or Signum's iterate.</param>
    /// <param name="second">Adam's second moments; not touched by Signum.</param>
    /// <param name="gradient">Their gradient.</param>
    /// <param name="length">The number of parameters.</param>
    /// <param name="ahead">How far behind these lie those that come next, which are fetched meanwhile.</param>
    public void Apply(float* values, float* first, float* second, float* gradient, int length, int ahead = 0)
    {
        if (this.isSignum)
        {
            this.signum.Apply(values, first, gradient, length, ahead);
            return;
        }

        if (this.kept != 1)
        {
            Rows.Scale(values, this.kept, length);
        }

        this.adam.Apply(values, first, second, gradient, length, ahead);
    }
}
