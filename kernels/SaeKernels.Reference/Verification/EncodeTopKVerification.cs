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
        IComputeBackend candidate, VerificationShape shape, EncoderCase encoder, int[]? mask) => RowEncoderCheck.Run(
            nameof(IComputeBackend.EncodeTopK),
            candidate,
            shape,
            encoder,
            mask,
            p => candidate.EncodeTopK(
                new() { Input = p.Input, WEnc = p.WEnc, BEnc = p.BEnc, K = shape.K, Codes = p.Codes, Aux = p.Aux }),
            (comparison, codes, preActivations) => SelectionCheck.Compare(
                "Codes", comparison, shape, codes, shape.K, preActivations, encoder.EveryLatent));
}
