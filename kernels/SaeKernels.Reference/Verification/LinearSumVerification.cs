using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.LinearSum"/>, with a result of its own and in place.</summary>
internal static class LinearSumVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, inPlace: false);
        yield return Check(candidate, shape, inPlace: true);
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, bool inPlace)
    {
        VerificationInputs inputs = new(shape);
        float[] x = inputs.Reals((long)shape.Batch * shape.DIn);
        float[] weights = inputs.Reals((long)shape.DOut * shape.DIn);
        float[] start = inputs.Reals((long)shape.Batch * shape.DOut);
        double scale = shape.Integers ? -1 : -0.7;
        Comparison comparison = new(nameof(IComputeBackend.LinearSum), shape, inPlace ? "in place" : "");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> sum = inPlace ? bench.InOut("Sum", start) : bench.Output("Sum", start.Length);
        LinearSumArguments arguments = new()
        {
            Input = bench.Input("Input", x).Matrix(shape.Batch, shape.DIn),
            Weights = bench.Input("Weights", weights).Matrix(shape.DOut, shape.DIn),
            Start = (inPlace ? sum : bench.Input("Start", start)).Matrix(shape.Batch, shape.DOut),
            Scale = scale,
            Sum = sum.Matrix(shape.Batch, shape.DOut),
        };
        bench.Run(() => candidate.LinearSum(arguments));
        for (int i = 0; i < start.Length; i++)
        {
            (int row, int output) = (i / shape.DOut, i % shape.DOut);
            BoundedSum product = default;
            for (int d = 0; d < shape.DIn; d++)
            {
                Bounded weight = Bounded.Exact(weights[(output * shape.DIn) + d]);
                product.Add(weight * Bounded.Exact(x[(row * shape.DIn) + d]));
            }

            Bounded expected = Bounded.Exact(start[i]) + (Bounded.Rounded(scale) * product.Total);
            comparison.Match("Sum", i, sum.Found[i], expected);
        }

        return comparison.Result();
    }
}
