using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.SparseDecode"/> on rows of equal and of different lengths.</summary>
internal static class SparseDecodeVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, rowsVary: false);
        yield return Check(candidate, shape, rowsVary: true);
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, bool rowsVary)
    {
        VerificationInputs inputs = new(shape);
        DecodeCase decode = DecodeCase.Create(inputs, shape, shape.K, rowsVary);
        float[] bDec = inputs.Reals(shape.DOut);
        Comparison comparison = new(nameof(IComputeBackend.SparseDecode), shape, rowsVary ? "rows vary" : "");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> reconstruction = bench.Output("Reconstruction", (long)shape.Batch * shape.DOut);
        SparseDecodeArguments arguments = new()
        {
            Codes = bench.Codes("Codes", decode.Codes),
            WDec = bench.Input("WDec", decode.WDec).Matrix(shape.DSae, shape.DOut),
            BDec = bench.Input("BDec", bDec).Reals,
            Reconstruction = reconstruction.Matrix(shape.Batch, shape.DOut),
        };
        bench.Run(() => candidate.SparseDecode(arguments));
        for (int row = 0; row < shape.Batch; row++)
        {
            BoundedSum[] sums = new BoundedSum[shape.DOut];
            decode.AddRow(row, 1, sums);
            for (int d = 0; d < shape.DOut; d++)
            {
                sums[d].Add(Bounded.Exact(bDec[d]));
                int index = (row * shape.DOut) + d;
                comparison.Match("Reconstruction", index, reconstruction.Found[index], sums[d].Total);
            }
        }

        return comparison.Result();
    }
}
