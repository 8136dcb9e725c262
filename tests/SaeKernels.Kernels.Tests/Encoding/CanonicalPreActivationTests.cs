using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Encoding;

/// <summary>Stored activations are the canonical pre-activations that the contract defines, to the last bit.</summary>
public sealed class CanonicalPreActivationTests
{
    private static readonly (int Batch, int DIn, int DSae)[] SmallShapes =
        [(1, 1, 1), (3, 2, 7), (5, 17, 65), (7, 31, 33), (4, 48, 131)];

    // Past one block of rows, panel or depth of every backend, and never a whole number of them.
    private static readonly (int Batch, int DIn, int DSae)[] FullShapes =
        [.. SmallShapes, (13, 255, 67), (97, 257, 129), (3, 513, 259), (29, 1031, 101)];

    [SkippableTheory]
    [MemberData(nameof(TestBackends.FastEncoders), MemberType = typeof(TestBackends))]
    public void Positive_values_are_the_chain_of_fused_multiply_adds_bit_for_bit(string name) =>
        TestBackends.Use(name, backend =>
        {
            bool small = TestBackends.ScaleOf(name) == VerificationScale.Small;
            foreach ((int batch, int dIn, int dSae) in small ? SmallShapes : FullShapes)
            {
                RequireChain(backend, batch, dIn, dSae);
            }
        });

    // With K = DSae every row holds every latent, in order.
    private static void RequireChain(IComputeBackend backend, int batch, int dIn, int dSae)
    {
        RandomSequence random = new(2024, RandomPurpose.General);
        float[] x = Draw(ref random, batch * dIn);
        float[] w = Draw(ref random, dSae * dIn);
        float[] b = Draw(ref random, dSae);
        using RealBuffer input = backend.Place("Input", x);
        using RealBuffer wEnc = backend.Place("WEnc", w);
        using RealBuffer bEnc = backend.Place("BEnc", b);
        using IntBuffer everyLatent = backend.Place("AuxMask", [.. Enumerable.Repeat(1, dSae)]);
        using SparseCodes codes = new(backend, "Codes", batch, batch * dSae);
        using SparseCodes auxCodes = new(backend, "AuxCodes", batch, batch * dSae);

        backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = new RealMatrix(input, batch, dIn),
            WEnc = new RealMatrix(wEnc, dSae, dIn),
            BEnc = bEnc,
            K = dSae,
            Codes = codes,
            Aux = new AuxSelection { Mask = everyLatent, K = dSae, Codes = auxCodes },
        });

        float[] expected = Chains(x, w, b, dIn);
        string shape = $"batch {batch}, DIn {dIn}, DSae {dSae}";
        RequireBits(expected, codes, dSae, $"{shape}, codes");
        RequireBits(expected, auxCodes, dSae, $"{shape}, auxiliary codes");
    }

    private static float[] Draw(ref RandomSequence random, int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)random.NextNormal();
        }

        return values;
    }

    private static float[] Chains(float[] x, float[] w, float[] b, int dIn)
    {
        float[] result = new float[x.Length / dIn * b.Length];
        for (int i = 0; i < result.Length; i++)
        {
            (int row, int latent) = Math.DivRem(i, b.Length);
            float sum = b[latent];
            for (int d = 0; d < dIn; d++)
            {
                sum = MathF.FusedMultiplyAdd(w[(latent * dIn) + d], x[(row * dIn) + d], sum);
            }

            result[i] = sum;
        }

        return result;
    }

    private static void RequireBits(float[] preActivations, SparseCodes codes, int dSae, string what)
    {
        int[] indices = codes.Indices.ToArray();
        float[] values = new float[preActivations.Length];
        codes.Values.Download(values);
        for (int i = 0; i < values.Length; i++)
        {
            float expected = preActivations[i] > 0 ? preActivations[i] : 0;
            Assert.True(
                indices[i] == i % dSae
                && BitConverter.SingleToInt32Bits(values[i]) == BitConverter.SingleToInt32Bits(expected),
                $"{what}: entry {i} must be {expected:R} at latent {i % dSae}, but is {values[i]:R} at {indices[i]}.");
        }
    }
}
