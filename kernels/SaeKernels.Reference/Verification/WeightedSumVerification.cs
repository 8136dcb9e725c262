using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.WeightedSum"/>: into a third buffer, and into an addend.</summary>
internal static class WeightedSumVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, inPlace: true);
        yield return Check(candidate, shape, inPlace: false);
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, bool inPlace)
    {
        VerificationInputs inputs = new(shape);
        int length = shape.DSae * shape.DOut;
        float[] first = inputs.Reals(length);
        float[] second = inputs.Reals(length);
        (double a, double b) = shape.Integers ? (0.75, -2) : (0.999, 0.001);
        Comparison comparison = new(nameof(IComputeBackend.WeightedSum), shape, inPlace ? "in place" : "apart");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> sum = inPlace ? bench.InOut("Sum", first) : bench.Output("Sum", length);
        WeightedSumArguments arguments = new()
        {
            Length = length,
            First = inPlace ? sum.Reals : bench.Input("First", first).Reals,
            FirstFactor = a,
            Second = bench.Input("Second", second).Reals,
            SecondFactor = b,
            Sum = sum.Reals,
        };
        bench.Run(() => candidate.WeightedSum(arguments));
        for (int i = 0; i < length; i++)
        {
            Bounded expected = (Bounded.Rounded(a) * Bounded.Exact(first[i]))
                + (Bounded.Rounded(b) * Bounded.Exact(second[i]));
            comparison.Match("Sum", i, sum.Found[i], expected);
        }

        return comparison.Result();
    }
}
