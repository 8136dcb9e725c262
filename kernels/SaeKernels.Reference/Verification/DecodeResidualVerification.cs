using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.DecodeResidual"/>: residuals, their squares, and the mean of those.
/// </summary>
internal static class DecodeResidualVerification
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
        float[] targets = inputs.Reals((long)shape.Batch * shape.DOut);
        Comparison comparison = new(nameof(IComputeBackend.DecodeResidual), shape, rowsVary ? "rows vary" : "");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> residuals = bench.Output("Residuals", targets.Length);
        WorkbenchBuffer<float> rowSquaredErrors = bench.Output("RowSquaredErrors", shape.Batch);
        WorkbenchBuffer<float> meanSquaredError = bench.Output("MeanSquaredError", 1);
        DecodeResidualArguments arguments = new()
        {
            Codes = bench.Codes("Codes", decode.Codes),
            WDec = bench.Input("WDec", decode.WDec).Matrix(shape.DSae, shape.DOut),
            BDec = bench.Input("BDec", bDec).Reals,
            Targets = bench.Input("Targets", targets).Matrix(shape.Batch, shape.DOut),
            Residuals = residuals.Matrix(shape.Batch, shape.DOut),
            RowSquaredErrors = rowSquaredErrors.Reals,
            MeanSquaredError = meanSquaredError.Slot,
        };
        bench.Run(() => candidate.DecodeResidual(arguments));
        BoundedSum total = default;
        for (int row = 0; row < shape.Batch; row++)
        {
            BoundedSum[] sums = new BoundedSum[shape.DOut];
            BoundedSum squares = default;
            decode.AddRow(row, -1, sums);
            for (int d = 0; d < shape.DOut; d++)
            {
                int index = (row * shape.DOut) + d;
                sums[d].Add(Bounded.Exact(targets[index]));
                sums[d].Add(Bounded.Exact(-bDec[d]));
                comparison.Match("Residuals", index, residuals.Found[index], sums[d].Total);
                squares.Add(sums[d].Total.Square());
            }

            comparison.Match("RowSquaredErrors", row, rowSquaredErrors.Found[row], squares.Total);
            total.Add(squares.Total);
        }

        Bounded mean = shape.Batch == 0 ? default : total.Total * Bounded.Rounded(1.0 / shape.Batch);
        comparison.Near("MeanSquaredError", 0, meanSquaredError.Found[0], mean);
        return comparison.Result();
    }
}
