using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.EncodeGroupMax"/>: each group has one entry, whose value lies within the bound
/// of its exact pre-activation, and no other latent of the group can have been larger, but for its bound.
/// </summary>
internal static class EncodeGroupMaxVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        // Groups of one size: the last latents of a shape that K does not divide are left out.
        VerificationShape even = shape with { DSae = shape.DSae / shape.K * shape.K };
        yield return Check(candidate, even, mask: null);
        if (even.AuxK > 0 && even.AuxK <= even.DSae)
        {
            yield return Check(candidate, even, new VerificationInputs(even).Flags(even.DSae));
        }
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, int[]? mask) =>
        RowEncoderCheck.Run(
            nameof(IComputeBackend.EncodeGroupMax),
            candidate,
            shape,
            new EncoderCase(new(shape), shape),
            mask,
            p => candidate.EncodeGroupMax(
                new() { Input = p.Input, WEnc = p.WEnc, BEnc = p.BEnc, K = shape.K, Codes = p.Codes, Aux = p.Aux }),
            (comparison, codes, preActivations) =>
            {
                SelectionCheck.CompareLengths("Codes", comparison, shape, codes, shape.K);
                for (int entry = 0; entry < shape.Batch * shape.K; entry++)
                {
                    CompareGroup(comparison, shape, codes, entry, preActivations[entry / shape.K]);
                }
            });

    private static void CompareGroup(
        Comparison comparison, VerificationShape shape, WorkbenchCodes codes, int entry, Bounded[] preActivations)
    {
        int size = shape.DSae / shape.K;
        int first = entry % shape.K * size;
        int index = codes.Indices.Found[entry];
        double value = codes.Values.Found[entry];
        if (index < first || index >= first + size)
        {
            comparison.Fail(
                $"Codes.Indices[{entry}]: must be a latent of its group, {first} to {first + size - 1}, "
                + $"but is {index}.");
            return;
        }

        comparison.Match("Codes.Values", entry, value, preActivations[index].Clamp(0, double.PositiveInfinity));
        int expected = first;
        for (int latent = first; latent < first + size; latent++)
        {
            Bounded exact = preActivations[latent];
            comparison.AtMost("Codes.Selection", entry, exact.Value, Math.Max(value, 0), exact.Bound);
            expected = Math.Max(exact.Value, 0) > Math.Max(preActivations[expected].Value, 0) ? latent : expected;
        }

        // Whole numbers are exact, and full of ties.
        if (shape.Integers || value == 0)
        {
            comparison.Equal("Codes.Indices", entry, index, shape.Integers ? expected : first);
        }
    }
}
