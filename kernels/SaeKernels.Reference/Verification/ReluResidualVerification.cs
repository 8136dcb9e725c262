using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.ReluResidual"/>: residuals and their squares, and in how many rows each latent
/// is active, but for those whose activation is zero within its bound.
/// </summary>
internal static class ReluResidualVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        if (shape.IsSmall)
        {
            JumpCase jump = new(shape);
            yield return Check(candidate, shape, jump: null, room: null);
            yield return Check(candidate, shape, jump: null, int.MaxValue);
            yield return Check(candidate, shape, jump, int.MaxValue);
            yield return Check(candidate, shape, jump, room: 1);
            yield return Check(candidate, shape, jump: null, room: 1, new GateCase(shape));
        }
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, JumpCase? jump, int? room, GateCase? gate = null)
    {
        VerificationInputs inputs = new(shape);
        EncoderCase encoder = new(inputs, shape);
        float[] wDec = inputs.Reals((long)shape.DSae * shape.DOut, 1 / Math.Sqrt(shape.DOut), most: 1);
        float[] bDec = inputs.Reals(shape.DOut);
        float[] targets = inputs.Reals((long)shape.Batch * shape.DOut);
        Comparison comparison = new(
            nameof(IComputeBackend.ReluResidual),
            shape,
            (jump is null ? "" : "a threshold a latent")
            + (gate is null ? "" : "magnitudes of gates")
            + (room switch { null => "", 1 => ", one entry has room", _ => ", all entries have room" }));
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> residuals = bench.Output("Residuals", targets.Length);
        WorkbenchBuffer<float> rowSquaredErrors = bench.Output("RowSquaredErrors", shape.Batch);
        WorkbenchBuffer<float> meanSquaredError = bench.Output("MeanSquaredError", 1);
        WorkbenchBuffer<int> activeRows =
            bench.Ints("ActiveRows", [.. Enumerable.Repeat(-1, shape.DSae)], isConstant: false);
        SparseCodes? codes = room is int most
            ? bench.CodesTooSmall(
                "Codes", shape.Batch, Math.Min(most, Math.Max(1, shape.Batch * shape.DSae))).Codes
            : null;
        if (gate is not null)
        {
            // Codes that another operation found to have no room.
            codes = bench.Codes("Codes", new HostCodes(new int[shape.Batch + 1], [], []));
            codes.NeededEntries.Upload([codes.Capacity + 1L]);
        }

        ReluResidualArguments arguments = new()
        {
            Gate = gate?.PlaceMagnitudes(bench),
            Codes = codes,
            Bandwidth = codes is null ? 0 : jump?.Bandwidth ?? 0,
            Input = encoder.PlaceInput(bench),
            WEnc = encoder.PlaceWEnc(bench),
            BEnc = encoder.PlaceBEnc(bench),
            Threshold = jump?.PlaceValues(bench),
            WDec = bench.Input("WDec", wDec).Matrix(shape.DSae, shape.DOut),
            BDec = bench.Input("BDec", bDec).Reals,
            Targets = bench.Input("Targets", targets).Matrix(shape.Batch, shape.DOut),
            Residuals = residuals.Matrix(shape.Batch, shape.DOut),
            RowSquaredErrors = rowSquaredErrors.Reals,
            MeanSquaredError = meanSquaredError.Slot,
            ActiveRows = activeRows.Ints,
        };
        bench.Run(() => candidate.ReluResidual(arguments));
        Bounded[][] preActivations = encoder.PreActivations();
        BoundedSum total = default;
        for (int row = 0; row < shape.Batch; row++)
        {
            BoundedSum[] sums = Decode(shape, preActivations[row], jump, gate, wDec);
            BoundedSum squares = default;
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
        CompareCounts(comparison, shape, preActivations, jump, gate, activeRows);
        return comparison.Result();
    }

    private static BoundedSum[] Decode(
        VerificationShape shape, Bounded[] preActivations, JumpCase? jump, GateCase? gate, float[] wDec)
    {
        BoundedSum[] sums = new BoundedSum[shape.DOut];
        for (int latent = 0; latent < shape.DSae; latent++)
        {
            Bounded preActivation = shape.Exactly(preActivations[latent]);
            Bounded value = gate?.MagnitudeOf(latent, preActivation)
                ?? JumpCase.Activation(preActivation, jump?.CutOf(latent) ?? 0);
            for (int d = 0; d < shape.DOut; d++)
            {
                sums[d].Add(value * Bounded.Exact(-wDec[((long)latent * shape.DOut) + d]));
            }
        }

        return sums;
    }

    private static void CompareCounts(
        Comparison comparison,
        VerificationShape shape,
        Bounded[][] preActivations,
        JumpCase? jump,
        GateCase? gate,
        WorkbenchBuffer<int> activeRows)
    {
        for (int latent = 0; latent < shape.DSae; latent++)
        {
            Bounded[] ofLatent =
            [
                .. preActivations
                    .Select(row => shape.Exactly(row[latent]))
                    .Select(p => gate is null ? p : shape.Exactly(gate.MagnitudeOf(latent, p))),
            ];
            double cut = jump?.CutOf(latent) ?? 0;
            Bounded count = new(
                ofLatent.Count(p => p.Value > cut),
                ofLatent.Count(p => p.Low > cut),
                ofLatent.Count(p => p.High > cut));
            comparison.Near("ActiveRows", latent, activeRows.Found[latent], count);
        }
    }
}
