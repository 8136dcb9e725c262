using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.GradientNorm"/> with limits below, above and far above the norm.
/// </summary>
internal static class GradientNormVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, maxNorm: 0.37);
        yield return Check(candidate, shape, maxNorm: 1e6);
        yield return Check(candidate, shape, double.PositiveInfinity);
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, double maxNorm)
    {
        VerificationInputs inputs = new(shape);
        float[] rowSquaredNorms = inputs.Positive(shape.DSae, 1);
        float[] gradBDec = inputs.Reals(shape.DOut);
        Comparison comparison = new(nameof(IComputeBackend.GradientNorm), shape, $"MaxNorm {maxNorm}");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> norm = bench.Output("Norm", 1);
        WorkbenchBuffer<float> clipFactor = bench.Output("ClipFactor", 1);
        GradientNormArguments arguments = new()
        {
            Latents = shape.DSae,
            RowSquaredNorms = bench.Input("RowSquaredNorms", rowSquaredNorms).Reals,
            GradBDec = bench.Input("GradBDec", gradBDec).Reals,
            DOut = shape.DOut,
            MaxNorm = maxNorm,
            Norm = norm.Slot,
            ClipFactor = clipFactor.Slot,
        };
        bench.Run(() => candidate.GradientNorm(arguments));
        BoundedSum squares = default;
        foreach (float square in rowSquaredNorms)
        {
            squares.Add(Bounded.Exact(square));
        }

        foreach (float gradient in gradBDec)
        {
            squares.Add(Bounded.Exact(gradient).Square());
        }

        Bounded expected = squares.Total.Sqrt();
        comparison.Near("Norm", 0, norm.Found[0], expected);
        Bounded factor = double.IsPositiveInfinity(maxNorm)
            ? Bounded.Exact(1)
            : (Bounded.Rounded(maxNorm) / expected).Clamp(0, 1);
        comparison.Near("ClipFactor", 0, clipFactor.Found[0], factor);
        return comparison.Result();
    }
}
