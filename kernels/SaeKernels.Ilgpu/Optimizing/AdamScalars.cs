using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>The scalars of an Adam step in float32, and the step itself; called in kernels.</summary>
internal struct AdamScalars
{
    public float Beta1;
    public float OneMinusBeta1;
    public float Beta2;
    public float OneMinusBeta2;
    public float Rate;
    public float SecondMomentRoot;
    public float Epsilon;

    public static AdamScalars Of(in AdamStep step) => new()
    {
        Beta1 = (float)step.Beta1,
        OneMinusBeta1 = (float)(1 - step.Beta1),
        Beta2 = (float)step.Beta2,
        OneMinusBeta2 = (float)(1 - step.Beta2),
        Rate = (float)(step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step))),
        SecondMomentRoot = (float)Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step)),
        Epsilon = (float)step.Epsilon,
    };

    /// <summary>Returns the decayed first moment.</summary>
    public static float FirstMoment(AdamScalars scalars, float moment, float gradient) =>
        Flush((scalars.Beta1 * moment) + (scalars.OneMinusBeta1 * gradient));

    /// <summary>Returns the decayed second moment.</summary>
    public static float SecondMoment(AdamScalars scalars, float moment, float gradient) =>
        Flush((scalars.Beta2 * moment) + (scalars.OneMinusBeta2 * gradient * gradient));

    /// <summary>Returns the parameter after the step.</summary>
    public static float Parameter(AdamScalars scalars, float value, float firstMoment, float secondMoment)
    {
        float root = MathF.Sqrt(secondMoment) / scalars.SecondMomentRoot;
        return value - (scalars.Rate * firstMoment / (root + scalars.Epsilon));
    }

    private static float Flush(float moment)
    {
        float magnitude = moment < 0 ? -moment : moment;
        return magnitude < AdamStep.SmallestMoment ? 0 : moment;
    }
}
