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
        yield return Check(candidate, shape, mask: null);
        if (shape.AuxK > 0)
        {
            yield return Check(candidate, shape, new VerificationInputs(shape).Flags(shape.DSae));
            yield return Check(candidate, shape, new int[shape.DSae]);
            yield return Check(candidate, shape, [.. Enumerable.Repeat(3, shape.DSae)]);
        }
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, int[]? mask)
    {
        VerificationInputs inputs = new(shape);
        float[] input = inputs.Reals((long)shape.Batch * shape.DIn);
        float[] wEnc = inputs.Reals((long)shape.DSae * shape.DIn, 1 / Math.Sqrt(shape.DIn), most: 1);
        float[] bEnc = inputs.Reals(shape.DSae, 0.1);
        int[] everyLatent = [.. Enumerable.Range(0, shape.DSae)];
        int[] flagged = Array.FindAll(everyLatent, latent => mask is not null && mask[latent] != 0);
        Comparison comparison = new(
            nameof(IComputeBackend.EncodeTopK), shape, mask is null ? "" : $"{flagged.Length} flagged");
        using Workbench bench = new(candidate, comparison);
        WorkbenchCodes codes = bench.CodesOutput("Codes", shape.Batch, shape.Batch * shape.K);
        // The contract asks for room for batch · AuxK entries even where fewer latents are flagged.
        WorkbenchCodes? auxCodes = mask is null
            ? null
            : bench.CodesOutput("AuxCodes", shape.Batch, shape.Batch * shape.AuxK);
        EncodeTopKArguments arguments = new()
        {
            Input = bench.Input("Input", input).Matrix(shape.Batch, shape.DIn),
            WEnc = bench.Input("WEnc", wEnc).Matrix(shape.DSae, shape.DIn),
            BEnc = bench.Input("BEnc", bEnc).Reals,
            K = shape.K,
            Codes = codes.Codes,
            Aux = auxCodes is null
                ? null
                : new AuxSelection
                {
                    Mask = bench.Ints("Aux.Mask", mask!, isConstant: true).Ints,
                    K = shape.AuxK,
                    Codes = auxCodes.Codes,
                },
        };
        bench.Run(() => candidate.EncodeTopK(arguments));
        Bounded[][] preActivations = [.. Enumerable.Range(0, shape.Batch).Select(row => PreActivations(
            shape, input.AsSpan(row * shape.DIn, shape.DIn), wEnc, bEnc))];
        SelectionCheck.Compare("Codes", comparison, shape, codes, shape.K, preActivations, everyLatent);
        if (auxCodes is not null)
        {
            int kept = Math.Min(shape.AuxK, flagged.Length);
            SelectionCheck.Compare("AuxCodes", comparison, shape, auxCodes, kept, preActivations, flagged);
        }

        return comparison.Result();
    }

    private static Bounded[] PreActivations(
        VerificationShape shape, ReadOnlySpan<float> input, float[] wEnc, float[] bEnc)
    {
        Bounded[] preActivations = new Bounded[shape.DSae];
        for (int latent = 0; latent < preActivations.Length; latent++)
        {
            ReadOnlySpan<float> weights = wEnc.AsSpan(latent * shape.DIn, shape.DIn);
            double sum = bEnc[latent];
            double magnitudes = Math.Abs(sum);
            for (int d = 0; d < input.Length; d++)
            {
                double product = (double)weights[d] * input[d];
                sum += product;
                magnitudes += Math.Abs(product);
            }

            // DIn + 1 terms, and one rounding more for the products where they are not fused.
            preActivations[latent] = Bounded.Exact(sum).WidenBySum(shape.DIn + 2, magnitudes);
        }

        return preActivations;
    }
}
