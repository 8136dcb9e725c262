using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>The scalars of an optimiser step in float32, and the step itself; called in kernels.</summary>
internal struct OptimizerScalars
{
    public float Beta1;
    public float OneMinusBeta1;
    public float Beta2;
    public float OneMinusBeta2;
    public float Rate;
    public float SecondMomentRoot;
    public float Epsilon;

    /// <summary>What weight decay leaves of a parameter.</summary>
    public float Kept;

    /// <summary>1 for Signum, 0 for Adam.</summary>
    public int IsSignum;

    /// <summary>Signum: the weight of the newest iterate in the average.</summary>
    public float AveragingWeight;

    /// <summary>Signum: how far a sign moves the parameters beside what their iterate pulls.</summary>
    public float Pull;

    public static OptimizerScalars Of(in OptimizerStep step) =>
        step.Kind == OptimizerKind.Signum ? OfSignum(step) : OfAdam(step);

    /// <summary>Returns the decayed first moment.</summary>
    public static float FirstMoment(OptimizerScalars scalars, float moment, float gradient) =>
        Flush((scalars.Beta1 * moment) + (scalars.OneMinusBeta1 * gradient));

    /// <summary>Returns the decayed second moment.</summary>
    public static float SecondMoment(OptimizerScalars scalars, float moment, float gradient) =>
        Flush((scalars.Beta2 * moment) + (scalars.OneMinusBeta2 * gradient * gradient));

    /// <summary>Returns the parameter after a step of Adam.</summary>
    public static float Parameter(OptimizerScalars scalars, float value, float firstMoment, float secondMoment)
    {
        float root = MathF.Sqrt(secondMoment) / scalars.SecondMomentRoot;
        return (scalars.Kept * value) - (scalars.Rate * firstMoment / (root + scalars.Epsilon));
    }

    /// <summary>Returns Signum's iterate after a step.</summary>
    public static float Iterate(OptimizerScalars scalars, float iterate, float gradient) =>
        iterate - (scalars.Rate * Sign(gradient));

    /// <summary>Returns the parameter after a step of Signum.</summary>
    public static float Interpolated(OptimizerScalars scalars, float value, float iterate, float gradient) =>
        value + (scalars.AveragingWeight * (iterate - value)) - (scalars.Pull * Sign(gradient));

    private static OptimizerScalars OfSignum(in OptimizerStep step) => new()
    {
        IsSignum = 1,
        Rate = (float)step.LearningRate,
        AveragingWeight = (float)step.AveragingWeight,
        Pull = (float)((1 - step.AveragingWeight) * (1 - step.Beta1) * step.LearningRate),
    };

    private static OptimizerScalars OfAdam(in OptimizerStep step) => new()
    {
        Beta1 = (float)step.Beta1,
        OneMinusBeta1 = (float)(1 - step.Beta1),
        Beta2 = (float)step.Beta2,
        OneMinusBeta2 = (float)(1 - step.Beta2),
        Rate = (float)(step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step))),
        SecondMomentRoot = (float)Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step)),
        Epsilon = (float)step.Epsilon,
        Kept = (float)(1 - (step.LearningRate * step.WeightDecay)),
    };

    // Zero and NaN stay.
    private static float Sign(float gradient)
    {
        float negative = gradient < 0 ? -1 : gradient;
        return gradient > 0 ? 1 : negative;
    }

    private static float Flush(float moment)
    {
        float magnitude = moment < 0 ? -moment : moment;
        return magnitude < OptimizerStep.SmallestMoment ? 0 : moment;
    }
}
