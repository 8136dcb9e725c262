using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.EncodeThreshold"/>: a value lies within the bound of its exact pre-activation
/// and above its cut max(θ, 0), and no latent that was left out can have been above its cut, but for that bound. Codes
/// with too little room have empty rows, and say how many entries were needed.
/// </summary>
internal static class EncodeThresholdVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        EncoderCase encoder = new(new(shape), shape);
        float[] thresholds = new VerificationInputs(shape).Reals(shape.DSae, 0.5, most: 1);
        int[]? mask = shape.AuxK > 0 ? new VerificationInputs(shape).Flags(shape.DSae) : null;
        yield return Check(candidate, shape, encoder, thresholds: null, mask: null);
        if (CheckOverflow(candidate, shape, encoder, thresholds, mask) is VerificationResult overflow)
        {
            yield return overflow;
        }

        yield return Check(candidate, shape, encoder, thresholds, mask);
        yield return CheckBand(candidate, shape, encoder, new JumpCase(shape));
    }

    /// <summary>What lies in a band below its threshold is listed with the value 0.</summary>
    private static VerificationResult CheckBand(
        IComputeBackend candidate, VerificationShape shape, EncoderCase encoder, JumpCase jump)
    {
        Bounded[][] preActivations = encoder.PreActivations();
        Comparison comparison = new(nameof(IComputeBackend.EncodeThreshold), shape, "a band around thresholds");
        using Workbench bench = new(candidate, comparison);
        int most = preActivations.Sum(row => row.Where((p, latent) => p.High > jump.LowOf(latent)).Count());
        WorkbenchCodes codes = bench.CodesOutput("Codes", shape.Batch, most);
        EncodeThresholdArguments arguments = Arguments(encoder, bench, thresholds: null, codes.Codes, aux: null) with
        {
            Threshold = jump.PlaceValues(bench),
            Bandwidth = jump.Bandwidth,
        };
        bench.Run(() => candidate.EncodeThreshold(arguments));
        if (KeptEntries.Read(comparison, shape, codes, jump.Activations(preActivations))
            is Dictionary<int, float>[] kept)
        {
            CompareBand(comparison, shape, preActivations, jump, kept);
        }

        return comparison.Result();
    }

    private static void CompareBand(
        Comparison comparison,
        VerificationShape shape,
        Bounded[][] preActivations,
        JumpCase jump,
        Dictionary<int, float>[] kept)
    {
        for (int row = 0; row < shape.Batch; row++)
        {
            for (int latent = 0; latent < shape.DSae; latent++)
            {
                Bounded exact = shape.Exactly(preActivations[row][latent]);
                bool isListed = kept[row].TryGetValue(latent, out float value);
                if (!isListed || value == 0)
                {
                    double cut = isListed ? jump.CutOf(latent) : jump.LowOf(latent);
                    comparison.AtMost("Codes.Selection", latent, exact.Value, cut, exact.Bound);
                }

                if (isListed && exact.High <= jump.LowOf(latent))
                {
                    comparison.Fail($"Codes: row {row} lists latent {latent}, which is below the band for certain.");
                }
            }
        }
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, EncoderCase encoder, float[]? thresholds, int[]? mask)
    {
        Bounded[][] preActivations = encoder.PreActivations();
        Comparison comparison = new(
            nameof(IComputeBackend.EncodeThreshold), shape, thresholds is null ? "ReLU" : "a threshold a latent");
        using Workbench bench = new(candidate, comparison);
        int most = Count(preActivations, thresholds, (p, cut) => p.High > cut);
        WorkbenchCodes codes = bench.CodesOutput("Codes", shape.Batch, most);
        AuxCase? aux = AuxCase.Place(encoder, shape, mask, bench);
        EncodeThresholdArguments arguments = Arguments(encoder, bench, thresholds, codes.Codes, aux);
        bench.Run(() => candidate.EncodeThreshold(arguments));
        if (KeptEntries.Read(comparison, shape, codes, preActivations) is Dictionary<int, float>[] kept)
        {
            CompareCuts(comparison, shape, preActivations, thresholds, kept);
        }

        aux?.Compare(comparison, preActivations);
        return comparison.Result();
    }

    /// <summary>Gives the codes half the room they need; null where there are too few entries for that.</summary>
    private static VerificationResult? CheckOverflow(
        IComputeBackend candidate, VerificationShape shape, EncoderCase encoder, float[] thresholds, int[]? mask)
    {
        Bounded[][] preActivations = encoder.PreActivations();
        int least = Count(preActivations, thresholds, (p, cut) => p.Low > cut);
        if (least < 2)
        {
            return null;
        }

        int most = shape.Integers ? least : Count(preActivations, thresholds, (p, cut) => p.High > cut);
        Comparison comparison = new(nameof(IComputeBackend.EncodeThreshold), shape, "too little room");
        using Workbench bench = new(candidate, comparison);
        (SparseCodes codes, WorkbenchBuffer<int> rowOffsets) = bench.CodesTooSmall("Codes", shape.Batch, least / 2);
        AuxCase? aux = AuxCase.Place(encoder, shape, mask, bench);
        EncodeThresholdArguments arguments = Arguments(encoder, bench, thresholds, codes, aux);
        bench.Run(() => candidate.EncodeThreshold(arguments));
        for (int row = 0; row <= shape.Batch; row++)
        {
            comparison.Equal("Codes.RowOffsets", row, rowOffsets.Found[row], 0);
        }

        long[] needed = new long[1];
        codes.NeededEntries.Download(needed);
        comparison.Near("Codes.NeededEntries", 0, needed[0], new Bounded(least, least, most));
        aux?.Compare(comparison, preActivations);
        return comparison.Result();
    }

    private static EncodeThresholdArguments Arguments(
        EncoderCase encoder, Workbench bench, float[]? thresholds, SparseCodes codes, AuxCase? aux) => new()
        {
            Input = encoder.PlaceInput(bench),
            WEnc = encoder.PlaceWEnc(bench),
            BEnc = encoder.PlaceBEnc(bench),
            Threshold = thresholds is null ? null : bench.Input("Threshold", thresholds).Reals,
            Codes = codes,
            Aux = aux?.Selection,
        };

    private static void CompareCuts(
        Comparison comparison,
        VerificationShape shape,
        Bounded[][] preActivations,
        float[]? thresholds,
        Dictionary<int, float>[] kept)
    {
        for (int row = 0; row < shape.Batch; row++)
        {
            for (int latent = 0; latent < shape.DSae; latent++)
            {
                double cut = CutOf(thresholds, latent);
                Bounded exact = shape.Exactly(preActivations[row][latent]);
                if (!kept[row].TryGetValue(latent, out float value))
                {
                    comparison.AtMost("Codes.Selection", latent, exact.Value, cut, exact.Bound);
                }
                else if (!(value > cut))
                {
                    comparison.Fail($"Codes: row {row} keeps {value} of latent {latent}, but must only above {cut}.");
                }
            }
        }
    }

    private static int Count(
        Bounded[][] preActivations, float[]? thresholds, Func<Bounded, double, bool> isAbove) => preActivations.Sum(
            row => row.Select((p, latent) => isAbove(p, CutOf(thresholds, latent)) ? 1 : 0).Sum());

    private static double CutOf(float[]? thresholds, int latent) =>
        thresholds is null ? 0 : Math.Max(0, thresholds[latent]);
}
