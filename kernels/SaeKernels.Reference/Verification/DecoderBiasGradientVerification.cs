using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.DecoderBiasGradient"/>, with and without the encoder's part.</summary>
internal static class DecoderBiasGradientVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, withPath: false);
        yield return Check(candidate, shape, withPath: true);
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, bool withPath)
    {
        VerificationInputs inputs = new(shape);
        float[] residuals = inputs.Reals((long)shape.Batch * shape.DOut);
        float[] path = inputs.Reals(shape.DOut);
        double scale = shape.Integers ? -0.5 : -2.0 / (3 * Math.Max(1, shape.Batch));
        Comparison comparison = new(
            nameof(IComputeBackend.DecoderBiasGradient), shape, withPath ? "with the encoder's part" : "");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> gradBDec = bench.Output("GradBDec", shape.DOut);
        DecoderBiasGradientArguments arguments = new()
        {
            Residuals = bench.Input("Residuals", residuals).Matrix(shape.Batch, shape.DOut),
            ResidualScale = scale,
            EncoderPath = withPath ? bench.Input("EncoderPath", path).Reals : null,
            GradBDec = gradBDec.Reals,
        };
        bench.Run(() => candidate.DecoderBiasGradient(arguments));
        for (int d = 0; d < shape.DOut; d++)
        {
            BoundedSum sum = default;
            for (int row = 0; row < shape.Batch; row++)
            {
                sum.Add(Bounded.Exact(residuals[(row * shape.DOut) + d]));
            }

            Bounded expected = Bounded.Rounded(scale) * sum.Total;
            expected = withPath ? expected - Bounded.Exact(path[d]) : expected;
            comparison.Match("GradBDec", d, gradBDec.Found[d], expected);
        }

        return comparison.Result();
    }
}
