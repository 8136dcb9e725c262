using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Cpu;

/// <summary>The bound of the screen holds for every latent, and not much less would.</summary>
public sealed unsafe class ScreenBoundTests
{
    [SkippableTheory]
    [InlineData("ordinary", 64, 300)]
    [InlineData("ordinary", 771, 300)]
    [InlineData("near ties", 100, 300)]
    [InlineData("small integers", 100, 300)]
    [InlineData("scales", 64, 300)]
    [InlineData("outlying dimensions", 288, 300)]
    [InlineData("zeros", 64, 300)]
    [InlineData("not numbers", 64, 300)]
    public void Every_pre_activation_lies_within_its_bounds(string kind, int dIn, int dSae)
    {
        ScreeningTests.RequireScreen();
        for (ulong seed = 1; seed <= 4; seed++)
        {
            ScreeningCase data = ScreeningCase.Draw(kind, 30, dIn, dSae, dSae, seed);
            int visited = 0;
            Screen(data, (row, latent, lower, upper) =>
            {
                visited++;
                float exact = Chain(data, row, latent);
                Assert.True(!(exact < lower) && !(exact > upper), $"row {row}, latent {latent}: {exact}");
            });
            // Only the four rows that are no numbers, or not of this world, may be left out.
            Assert.Equal((kind == "not numbers" ? 26 : 30) * dSae, visited);
        }
    }

    [SkippableFact]
    public void Half_of_the_bound_would_lose_latents()
    {
        ScreeningTests.RequireScreen();
        // All elements but the largest are rounded down by nearly a half, in the inputs and in the weights.
        float[] aligned = [127, .. Enumerable.Repeat(40.49f, 63)];
        ScreeningCase data = new("aligned", 1, 64, 1, 1) { Input = aligned, WEnc = aligned, BEnc = [0] };
        int outside = 0;
        Screen(data, (row, latent, lower, upper) =>
        {
            float middle = (lower + upper) / 2;
            float exact = Chain(data, row, latent);
            Assert.InRange(exact, lower, upper);
            outside += exact > middle + ((upper - middle) / 2) ? 1 : 0;
        });
        Assert.Equal(1, outside);
    }

    /// <summary>Screens all latents of all rows, with K = DSae so that none is dropped.</summary>
    private static void Screen(ScreeningCase data, Action<int, int, float, float> visit)
    {
        using CpuBackend backend = new(1, EncoderPrecision.Fp32);
        using CpuContext context = new(1, EncoderPrecision.ExactInt8);
        using RealBuffer input = backend.Place("Input", data.Input);
        using RealBuffer wEnc = backend.Place("WEnc", data.WEnc);
        using RealBuffer bEnc = backend.Place("BEnc", data.BEnc);
        EncoderInputs inputs = new(
            new RealMatrix(input, data.Batch, data.DIn), new RealMatrix(wEnc, data.DSae, data.DIn), bEnc, null);
        context.Scratch.Begin();
        ScreenRows rows = new(context.Scratch, data.Batch, data.DSae + 1);
        ScreenBlocks blocks = new(context, inputs, Int8Panels.Pack(context, inputs), rows, data.DSae, 0);
        context.Team.For(blocks.Count, blocks);
        for (int row = 0; row < data.Batch; row++)
        {
            for (long i = row * rows.Stride; i < (row * rows.Stride) + rows.Counts[row]; i++)
            {
                visit(row, rows.Latents[i], CandidateKeys.ValueOf(rows.Lowers[i]), rows.Uppers[i]);
            }
        }
    }

    private static float Chain(ScreeningCase data, int row, int latent)
    {
        float value = data.BEnc[latent];
        for (int d = 0; d < data.DIn; d++)
        {
            value = MathF.FusedMultiplyAdd(data.WEnc[(latent * data.DIn) + d], data.Input[(row * data.DIn) + d], value);
        }

        return value;
    }
}
