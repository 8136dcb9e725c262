using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.AuxResidual"/>, without entries too.</summary>
internal static class AuxResidualVerification
{
    private const double Coefficient = 1.0 / 32;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, k: 0);
        if (shape.AuxK > 0)
        {
            yield return Check(candidate, shape, shape.AuxK);
        }
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, int k)
    {
        VerificationInputs inputs = new(shape);
        DecodeCase decode = DecodeCase.Create(inputs, shape, k, rowsVary: false);
        float[] residuals = inputs.Reals((long)shape.Batch * shape.DOut);
        float[] unset = [.. Enumerable.Repeat(float.NaN, residuals.Length)];
        Comparison comparison = new(nameof(IComputeBackend.AuxResidual), shape, k == 0 ? "no entries" : "");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> both = bench.InOut("Residuals", [.. residuals, .. unset]);
        WorkbenchBuffer<float> loss = bench.Output("Loss", 1);
        WorkbenchBuffer<float> residualScale = bench.Output("ResidualScale", 1);
        AuxResidualArguments arguments = new()
        {
            Rows = shape.Batch,
            AuxCodes = bench.Codes("AuxCodes", decode.Codes),
            WDec = bench.Input("WDec", decode.WDec).Matrix(shape.DSae, shape.DOut),
            Residuals = both.Matrix(2 * shape.Batch, shape.DOut),
            Coefficient = Coefficient,
            Loss = loss.Slot,
            ResidualScale = residualScale.Slot,
        };
        bench.Run(() => candidate.AuxResidual(arguments));
        BoundedSum left = default;
        for (int row = 0; row < shape.Batch; row++)
        {
            BoundedSum[] sums = new BoundedSum[shape.DOut];
            decode.AddRow(row, -1, sums);
            for (int d = 0; d < shape.DOut; d++)
            {
                int index = (row * shape.DOut) + d;
                sums[d].Add(Bounded.Exact(residuals[index]));
                comparison.Equal("Residuals", index, both.Found[index], residuals[index]);
                int auxIndex = residuals.Length + index;
                comparison.Match("Residuals", auxIndex, both.Found[auxIndex], sums[d].Total);
                left.Add(sums[d].Total.Square());
            }
        }

        Bounded deviations = SumOfSquaredDeviations(residuals, shape);
        bool idle = decode.Codes.Indices.Length == 0 || deviations.Value == 0;
        Bounded inverse = idle ? default : Bounded.Exact(1) / deviations;
        comparison.Near("Loss", 0, loss.Found[0], left.Total * inverse);
        comparison.Near("ResidualScale", 0, residualScale.Found[0], Bounded.Rounded(-2 * Coefficient) * inverse);
        return comparison.Result();
    }

    private static Bounded SumOfSquaredDeviations(float[] residuals, VerificationShape shape)
    {
        BoundedSum squares = default;
        for (int d = 0; d < shape.DOut && shape.Batch > 1; d++)
        {
            BoundedSum sum = default;
            for (int row = 0; row < shape.Batch; row++)
            {
                sum.Add(Bounded.Exact(residuals[(row * shape.DOut) + d]));
            }

            Bounded mean = sum.Total * Bounded.Rounded(1.0 / shape.Batch);
            for (int row = 0; row < shape.Batch; row++)
            {
                squares.Add((Bounded.Exact(residuals[(row * shape.DOut) + d]) - mean).Square());
            }
        }

        return squares.Total;
    }
}
