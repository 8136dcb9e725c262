using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.LinearGradient"/>, its norms behind those of latents.</summary>
internal static class LinearGradientVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        VerificationInputs inputs = new(shape);
        float[] residuals = inputs.Reals((long)shape.Batch * shape.DOut);
        float[] x = inputs.Reals((long)shape.Batch * shape.DIn);
        float[] before = inputs.Reals(shape.DSae + (long)shape.DOut);
        double scale = shape.Integers ? -0.5 : -2.0 / (3 * Math.Max(1, shape.Batch));
        Comparison comparison = new(nameof(IComputeBackend.LinearGradient), shape);
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> gradient = bench.Output("Gradient", (long)shape.DOut * shape.DIn);
        WorkbenchBuffer<float> norms = bench.InOut("RowSquaredNorms", before);
        LinearGradientArguments arguments = new()
        {
            Residuals = bench.Input("Residuals", residuals).Matrix(shape.Batch, shape.DOut),
            Input = bench.Input("Input", x).Matrix(shape.Batch, shape.DIn),
            ResidualScale = scale,
            Gradient = gradient.Matrix(shape.DOut, shape.DIn),
            RowSquaredNorms = norms.Reals,
            FirstNorm = shape.DSae,
        };
        bench.Run(() => candidate.LinearGradient(arguments));
        for (int latent = 0; latent < shape.DSae; latent++)
        {
            comparison.Equal("RowSquaredNorms", latent, norms.Found[latent], before[latent]);
        }

        for (int output = 0; output < shape.DOut; output++)
        {
            BoundedSum squares = default;
            for (int d = 0; d < shape.DIn; d++)
            {
                BoundedSum sum = default;
                for (int row = 0; row < shape.Batch; row++)
                {
                    Bounded residual = Bounded.Exact(residuals[(row * shape.DOut) + output]);
                    sum.Add(residual * Bounded.Exact(x[(row * shape.DIn) + d]));
                }

                Bounded expected = Bounded.Rounded(scale) * sum.Total;
                int place = (output * shape.DIn) + d;
                comparison.Match("Gradient", place, gradient.Found[place], expected);
                squares.Add(shape.Exactly(expected).Square());
            }

            int norm = shape.DSae + output;
            comparison.Match("RowSquaredNorms", norm, norms.Found[norm], squares.Total);
        }

        yield return comparison.Result();
    }
}
