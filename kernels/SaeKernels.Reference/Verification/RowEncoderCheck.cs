using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Checks an encoder that keeps K latents of every row, and may select among flagged ones.</summary>
internal static class RowEncoderCheck
{
    /// <param name="operation">The encoder's name.</param>
    /// <param name="candidate">The backend.</param>
    /// <param name="shape">The case.</param>
    /// <param name="encoder">What it reads.</param>
    /// <param name="mask">Flags the latents of the second selection; null for none.</param>
    /// <param name="encode">Enqueues the operation.</param>
    /// <param name="compare">Checks its codes against the pre-activations of every row.</param>
    public static VerificationResult Run(
        string operation,
        IComputeBackend candidate,
        VerificationShape shape,
        EncoderCase encoder,
        int[]? mask,
        Action<Places> encode,
        Action<Comparison, WorkbenchCodes, Bounded[][]> compare)
    {
        Comparison comparison = new(operation, shape, mask is null ? "" : $"{encoder.Flagged(mask).Length} flagged");
        using Workbench bench = new(candidate, comparison);
        WorkbenchCodes codes = bench.CodesOutput("Codes", shape.Batch, shape.Batch * shape.K);
        AuxCase? aux = AuxCase.Place(encoder, shape, mask, bench);
        Places places = new(
            encoder.PlaceInput(bench),
            encoder.PlaceWEnc(bench),
            encoder.PlaceBEnc(bench),
            codes.Codes,
            aux?.Selection);
        bench.Run(() => encode(places));
        Bounded[][] preActivations = encoder.PreActivations();
        compare(comparison, codes, preActivations);
        aux?.Compare(comparison, preActivations);
        return comparison.Result();
    }

    /// <summary>Where the operation reads and writes.</summary>
    internal sealed record Places(
        RealMatrix Input, RealMatrix WEnc, RealBuffer BEnc, SparseCodes Codes, AuxSelection? Aux);
}
