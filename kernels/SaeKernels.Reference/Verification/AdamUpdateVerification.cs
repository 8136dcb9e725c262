using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.AdamUpdate"/>: a first step, a later one, and one with a factor.
/// </summary>
internal static class AdamUpdateVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, step: 1, factor: null);
        yield return Check(candidate, shape, step: 37, factor: null);
        yield return Check(candidate, shape, step: 37, factor: null, isNonNegative: true);
        yield return Check(candidate, shape, step: 100000, factor: 0.3f);
    }

    /// <summary>The scalars of the steps that are verified.</summary>
    public static AdamStep StepNumber(long step) => new()
    {
        LearningRate = 3e-3,
        Beta1 = 0.9,
        Beta2 = 0.999,
        Epsilon = 6.25e-10,
        Step = step,
    };

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, long step, float? factor, bool isNonNegative = false)
    {
        VerificationInputs inputs = new(shape);
        int length = shape.DSae * shape.DOut;
        float[] values = inputs.Reals(length);
        float[] gradient = inputs.Reals(length, 0.01);
        float[] firstMoment = step == 1 ? new float[length] : inputs.Reals(length, 0.01);
        float[] secondMoment = step == 1 ? new float[length] : inputs.Positive(length, 1e-4);
        Comparison comparison = new(
            nameof(IComputeBackend.AdamUpdate),
            shape,
            $"step {step}{(factor is null ? "" : ", clipped")}{(isNonNegative ? ", not negative" : "")}");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> placedValues = bench.InOut("Parameters", values);
        WorkbenchBuffer<float> placedFirst = bench.InOut("FirstMoment", firstMoment);
        WorkbenchBuffer<float> placedSecond = bench.InOut("SecondMoment", secondMoment);
        AdamUpdateArguments arguments = new()
        {
            Length = length,
            Parameters = placedValues.Reals,
            Gradient = bench.Input("Gradient", gradient).Reals,
            FirstMoment = placedFirst.Reals,
            SecondMoment = placedSecond.Reals,
            Step = StepNumber(step),
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
            comparison.Near("SecondMoment", i, placedSecond.Found[i], expected.SecondMoment);
            Bounded value = isNonNegative ? expected.Value.Clamp(0, double.PositiveInfinity) : expected.Value;
            comparison.Near("Parameters", i, placedValues.Found[i], value);
        }

        return comparison.Result();
    }
}
