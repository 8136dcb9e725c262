using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.AdamUpdate"/>: a first step, later ones, and one with a factor; of Adam, of
/// AdamW and of Signum.
/// </summary>
internal static class AdamUpdateVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        VerificationShape many = shape.ForManyCases;
        yield return Check(candidate, many, SignumStep(1), factor: null);
        yield return Check(candidate, many, SignumStep(37), factor: 0.3f, isNonNegative: true);
        yield return Check(candidate, many, StepNumber(37) with { WeightDecay = 0.1 }, factor: null);
        yield return Check(candidate, many, StepNumber(1), factor: null);
        yield return Check(candidate, many, StepNumber(37), factor: null);
        yield return Check(candidate, many, StepNumber(37), factor: null, isNonNegative: true);
        yield return Check(candidate, many, StepNumber(100000), factor: 0.3f);
    }

    /// <summary>The scalars of the steps that are verified.</summary>
    public static OptimizerStep StepNumber(long step) => new()
    {
        LearningRate = 3e-3,
        Beta1 = 0.9,
        Beta2 = 0.999,
        Epsilon = 6.25e-10,
        Step = step,
    };

    /// <summary>The scalars of the steps of Signum that are verified.</summary>
    public static OptimizerStep SignumStep(long step) => new()
    {
        Kind = OptimizerKind.Signum,
        LearningRate = 3e-3,
        Beta1 = 0.95,
        Step = step,
        AveragingWeight = 1.0 / step,
    };

    /// <summary>What tells a step from others of the same operation.</summary>
    public static string Describe(in OptimizerStep step) =>
        $"{step.Kind} step {step.Step}{(step.WeightDecay == 0 ? string.Empty : ", decayed")}";

    private static VerificationResult Check(
        IComputeBackend candidate,
        VerificationShape shape,
        OptimizerStep step,
        float? factor,
        bool isNonNegative = false)
    {
        bool isSignum = step.Kind == OptimizerKind.Signum;
        VerificationInputs inputs = new(shape);
        int length = shape.DSae * shape.DOut;
        float[] values = inputs.Reals(length);
        float[] gradient = inputs.Reals(length, 0.01);
        float[] firstMoment = step.Step == 1 ? new float[length] : inputs.Reals(length, 0.01);
        float[] secondMoment = step.Step == 1 ? new float[length] : inputs.Positive(length, 1e-4);
        Comparison comparison = new(
            nameof(IComputeBackend.AdamUpdate),
            shape,
            $"{Describe(step)}{(factor is null ? "" : ", clipped")}{(isNonNegative ? ", not negative" : "")}");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> placedValues = bench.InOut("Parameters", values);
        WorkbenchBuffer<float> placedFirst = bench.InOut("FirstMoment", firstMoment);
        WorkbenchBuffer<float>? placedSecond = isSignum ? null : bench.InOut("SecondMoment", secondMoment);
        AdamUpdateArguments arguments = new()
        {
            Length = length,
            Parameters = placedValues.Reals,
            Gradient = bench.Input("Gradient", gradient).Reals,
            FirstMoment = placedFirst.Reals,
            SecondMoment = placedSecond?.Reals,
            Step = step,
            GradientFactor = factor is float f ? bench.Input("GradientFactor", [f]).Slot : null,
            IsNonNegative = isNonNegative,
        };
        bench.Run(() => candidate.AdamUpdate(arguments));
        for (int i = 0; i < length; i++)
        {
            Bounded scaled = factor is float g
                ? Bounded.Exact(g) * Bounded.Exact(gradient[i])
                : Bounded.Exact(gradient[i]);
            BoundedAdam expected =
                BoundedAdam.Apply(arguments.Step, values[i], firstMoment[i], secondMoment[i], scaled);
            comparison.Near("FirstMoment", i, placedFirst.Found[i], expected.FirstMoment);
            if (placedSecond is WorkbenchBuffer<float> second)
            {
                comparison.Near("SecondMoment", i, second.Found[i], expected.SecondMoment);
            }

            Bounded value = isNonNegative ? expected.Value.Clamp(0, double.PositiveInfinity) : expected.Value;
            comparison.Near("Parameters", i, placedValues.Found[i], value);
        }

        return comparison.Result();
    }
}
