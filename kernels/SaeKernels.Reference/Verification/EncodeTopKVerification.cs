using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.EncodeTopK"/>: a value lies within the bound of its exact pre-activation, and no
/// latent that was passed over can have been larger than one that was kept, but for the bounds of both.
/// </summary>
internal static class EncodeTopKVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        EncoderCase encoder = new(new(shape), shape);
        yield return Check(candidate, shape, encoder, mask: null);
        if (shape.AuxK > 0)
        {
            yield return Check(candidate, shape, encoder, new VerificationInputs(shape).Flags(shape.DSae));
            yield return Check(candidate, shape, encoder, new int[shape.DSae]);
            yield return Check(candidate, shape, encoder, [.. Enumerable.Repeat(3, shape.DSae)]);
        }
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, EncoderCase encoder, int[]? mask)
    {
        Comparison comparison = new(
            nameof(IComputeBackend.EncodeTopK), shape, mask is null ? "" : $"{encoder.Flagged(mask).Length} flagged");
        using Workbench bench = new(candidate, comparison);
        WorkbenchCodes codes = bench.CodesOutput("Codes", shape.Batch, shape.Batch * shape.K);
        AuxCase? aux = AuxCase.Place(encoder, shape, mask, bench);
        EncodeTopKArguments arguments = new()
        {
            Input = encoder.PlaceInput(bench),
            WEnc = encoder.PlaceWEnc(bench),
            BEnc = encoder.PlaceBEnc(bench),
            K = shape.K,
            Codes = codes.Codes,
            Aux = aux?.Selection,
        };
        bench.Run(() => candidate.EncodeTopK(arguments));
        Bounded[][] preActivations = encoder.PreActivations();
        SelectionCheck.Compare("Codes", comparison, shape, codes, shape.K, preActivations, encoder.EveryLatent);
        aux?.Compare(comparison, preActivations);
        return comparison.Result();
    }
}
