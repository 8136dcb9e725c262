using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.Center"/>, into another matrix and in place.</summary>
internal static class CenterVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, inPlace: false);
        yield return Check(candidate, shape, inPlace: true);
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, bool inPlace)
    {
        VerificationInputs inputs = new(shape);
        float[] activations = inputs.Reals((long)shape.Batch * shape.DIn);
        float[] bDec = inputs.Reals(shape.DIn);
        Comparison comparison = new(nameof(IComputeBackend.Center), shape, inPlace ? "in place" : "");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> centered = inPlace
            ? bench.InOut("Centered", activations)
            : bench.Output("Centered", activations.Length);
        WorkbenchBuffer<float> source = inPlace ? centered : bench.Input("Activations", activations);
        CenterArguments arguments = new()
        {
            Activations = source.Matrix(shape.Batch, shape.DIn),
            BDec = bench.Input("BDec", bDec).Reals,
            Centered = centered.Matrix(shape.Batch, shape.DIn),
        };
        bench.Run(() => candidate.Center(arguments));
        for (int i = 0; i < activations.Length; i++)
        {
            Bounded expected = Bounded.Exact(activations[i]) - Bounded.Exact(bDec[i % shape.DIn]);
            comparison.Match("Centered", i, centered.Found[i], expected);
        }

        return comparison.Result();
    }
}
