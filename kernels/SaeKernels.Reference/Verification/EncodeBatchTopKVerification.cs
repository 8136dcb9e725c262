using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.EncodeBatchTopK"/>: a value is positive and within the bound of its exact
/// pre-activation, and none that was passed over can have been larger than one that was kept (or, where there is room
/// left, positive), but for its bound.
/// </summary>
internal static class EncodeBatchTopKVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        EncoderCase encoder = new(new(shape), shape);
        yield return Check(candidate, shape, encoder, shape.DSae, mask: null);
        yield return Check(
            candidate,
            shape,
            encoder,
            shape.K,
            shape.AuxK > 0 ? new VerificationInputs(shape).Flags(shape.DSae) : null);
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, EncoderCase encoder, int k, int[]? mask)
    {
        Comparison comparison = new(
            nameof(IComputeBackend.EncodeBatchTopK), shape, k == shape.K ? "" : "room for all");
        using Workbench bench = new(candidate, comparison);
        WorkbenchCodes codes = bench.CodesOutput("Codes", shape.Batch, shape.Batch * k);
        WorkbenchBuffer<float> cut = bench.Output("Cut", 1);
        AuxCase? aux = AuxCase.Place(encoder, shape, mask, bench);
        EncodeBatchTopKArguments arguments = new()
        {
            Input = encoder.PlaceInput(bench),
            WEnc = encoder.PlaceWEnc(bench),
            BEnc = encoder.PlaceBEnc(bench),
            K = k,
            Codes = codes.Codes,
            Cut = cut.Slot,
            Aux = aux?.Selection,
        };
        bench.Run(() => candidate.EncodeBatchTopK(arguments));
        Bounded[][] preActivations = encoder.PreActivations();
        if (KeptEntries.Read(comparison, shape, codes, preActivations) is Dictionary<int, float>[] kept)
        {
            double least = kept.SelectMany(row => row.Values).DefaultIfEmpty(0).Min();
            comparison.Equal("Cut", 0, cut.Found[0], least);
            CompareSelection(comparison, shape, preActivations, kept, shape.Batch * k);
        }

        aux?.Compare(comparison, preActivations);
        return comparison.Result();
    }

    private static void CompareSelection(
        Comparison comparison,
        VerificationShape shape,
        Bounded[][] preActivations,
        Dictionary<int, float>[] kept,
        int room)
    {
        double limit = kept.Sum(row => row.Count) < room ? 0 : double.PositiveInfinity;
        for (int row = 0; row < shape.Batch; row++)
        {
            foreach ((int latent, float value) in kept[row])
            {
                limit = Math.Min(limit, Math.Min(value, shape.Exactly(preActivations[row][latent]).High));
                if (!(value > 0))
                {
                    comparison.Fail($"Codes: row {row} keeps {value} of latent {latent}, but must only above 0.");
                }
            }
        }

        for (int row = 0; row < shape.Batch; row++)
        {
            foreach (int latent in Enumerable.Range(0, shape.DSae).Where(latent => !kept[row].ContainsKey(latent)))
            {
                Bounded exact = shape.Exactly(preActivations[row][latent]);
                comparison.AtMost("Codes.Selection", latent, exact.Value, limit, exact.Bound);
            }
        }

        if (shape.Integers)
        {
            CompareTies(comparison, preActivations, kept, room);
        }
    }

    /// <summary>Among equal ones, which whole numbers are full of, the first are kept.</summary>
    private static void CompareTies(
        Comparison comparison, Bounded[][] preActivations, Dictionary<int, float>[] kept, int room)
    {
        // A stable sort: rows, then latents, stay in order.
        HashSet<(int, int)> expected =
        [
            .. preActivations
                .SelectMany((ofRow, row) => ofRow.Select((p, latent) => (Row: row, Latent: latent, p.Value)))
                .Where(entry => entry.Value > 0)
                .OrderByDescending(entry => entry.Value)
                .Take(room)
                .Select(entry => (entry.Row, entry.Latent)),
        ];
        for (int row = 0; row < kept.Length; row++)
        {
            int found = kept[row].Keys.Count(latent => expected.Contains((row, latent)));
            comparison.Equal("Codes.Selection", row, found, expected.Count(entry => entry.Item1 == row));
            comparison.Equal("Codes.Selection", row, kept[row].Count, found);
        }
    }
}
