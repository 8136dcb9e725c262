using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.PrefixResidual"/>: the sums of what prefixes leave, squares and losses.
/// </summary>
internal static class PrefixResidualVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, [shape.DSae], firstBlock: 1);
        yield return Check(candidate, shape, EndsOf(shape.DSae), firstBlock: 1);
        yield return Check(candidate, shape, EndsOf(shape.DSae), firstBlock: 2);
    }

    /// <summary>Ends of prefixes that divide any number of latents.</summary>
    public static int[] EndsOf(int latents) => [latents / 5, latents / 2, latents];

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, int[] ends, int firstBlock)
    {
        VerificationInputs inputs = new(shape);
        DecodeCase decode = DecodeCase.Create(inputs, shape, shape.K, rowsVary: true);
        float[] bDec = inputs.Reals(shape.DOut);
        float[] targets = inputs.Reals((long)shape.Batch * shape.DOut);
        float[] weights = [.. ends.Select((_, prefix) => shape.Integers ? 0.5f + prefix : 0.3f * (prefix + 1))];
        Comparison comparison = new(
            nameof(IComputeBackend.PrefixResidual), shape, $"{ends.Length} prefixes, from block {firstBlock}");
        using Workbench bench = new(candidate, comparison);
        // Ends may lie behind others, those of steps before.
        int firstEnd = firstBlock - 1;
        int[] placed = [.. Enumerable.Repeat(shape.DSae, firstEnd), .. ends];
        LatentPrefixes prefixes =
            new(bench.Ints("Ends", placed, isConstant: true).Ints, ends.Length, firstBlock, firstEnd);
        WorkbenchBuffer<float> residuals =
            bench.InOut("Residuals", new float[(long)prefixes.Blocks * targets.Length]);
        WorkbenchBuffer<float> rowSquaredErrors = bench.Output("RowSquaredErrors", shape.Batch);
        WorkbenchBuffer<float> rowLosses = bench.Output("RowLosses", shape.Batch);
        WorkbenchBuffer<float> means = bench.Output("Means", 2);
        PrefixResidualArguments arguments = new()
        {
            Codes = bench.Codes("Codes", decode.Codes),
            WDec = bench.Input("WDec", decode.WDec).Matrix(shape.DSae, shape.DOut),
            BDec = bench.Input("BDec", bDec).Reals,
            Targets = bench.Input("Targets", targets).Matrix(shape.Batch, shape.DOut),
            Prefixes = prefixes,
            Weights = bench.Input("Weights", weights).Reals,
            Residuals = residuals.Matrix(prefixes.Blocks * shape.Batch, shape.DOut),
            RowSquaredErrors = rowSquaredErrors.Reals,
            MeanSquaredError = new ScalarSlot(means.Reals, 0),
            RowLosses = rowLosses.Reals,
            MeanLoss = new ScalarSlot(means.Reals, 1),
        };
        bench.Run(() => candidate.PrefixResidual(arguments));
        BoundedSum squares = default;
        BoundedSum losses = default;
        for (int row = 0; row < shape.Batch; row++)
        {
            Bounded[] sum = new Bounded[shape.DOut];
            BoundedSum loss = default;
            for (int prefix = ends.Length - 1; prefix >= 0; prefix--)
            {
                bool isLast = prefix == ends.Length - 1;
                int block = isLast ? 0 : firstBlock + ends.Length - 2 - prefix;
                Bounded weight = Bounded.Exact(isLast ? 1 : weights[prefix]);
                BoundedSum[] left = new BoundedSum[shape.DOut];
                decode.AddRow(row, -1, left, ends[prefix]);
                BoundedSum square = default;
                for (int d = 0; d < shape.DOut; d++)
                {
                    left[d].Add(Bounded.Exact(targets[(row * shape.DOut) + d]));
                    left[d].Add(Bounded.Exact(-bDec[d]));
                    square.Add(left[d].Total.Square());
                    sum[d] = isLast ? left[d].Total : sum[d] + (weight * left[d].Total);
                    int index = (((block * shape.Batch) + row) * shape.DOut) + d;
                    comparison.Match("Residuals", index, residuals.Found[index], sum[d]);
                }

                loss.Add(isLast ? square.Total : weight * square.Total);
                if (isLast)
                {
                    comparison.Match("RowSquaredErrors", row, rowSquaredErrors.Found[row], square.Total);
                    squares.Add(square.Total);
                }
            }

            comparison.Match("RowLosses", row, rowLosses.Found[row], loss.Total);
            losses.Add(loss.Total);
        }

        Bounded factor = Bounded.Rounded(shape.Batch == 0 ? 0 : 1.0 / shape.Batch);
        comparison.Near("Means", 0, means.Found[0], squares.Total * factor);
        comparison.Near("Means", 1, means.Found[1], losses.Total * factor);
        return comparison.Result();
    }
}
