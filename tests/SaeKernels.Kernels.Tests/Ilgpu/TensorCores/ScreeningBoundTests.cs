using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>The bound holds where rounding is as bad as it can be, and is no wider than it has to be.</summary>
public sealed class ScreeningBoundTests
{
    private const int DIn = 48;

    // Filled up to 64 bytes: 32 elements of bfloat16, 16 of tf32.
    [Theory]
    [InlineData(EncoderPrecision.Bf16, 8, 64)]
    [InlineData(EncoderPrecision.Tf32, 11, 48)]
    public void Errors_that_all_add_up_reach_the_bound_and_do_not_pass_it(
        EncoderPrecision precision, int bits, int depth)
    {
        // Just below the middle between 1 and the next number: every element loses nearly half a last place, and all
        // in one direction, so that Cauchy and Schwarz lose nothing.
        float element = 1 + MathF.ScaleB(1, -bits) - MathF.ScaleB(1, -20);
        ScreeningCase screening = ScreeningCase.Draw(1, DIn, 8, 2, 0, seed: 1);
        Array.Fill(screening.X, element);
        Array.Fill(screening.W, element);
        (int latent, double value) = (0, 0);
        Simulators.Use(precision, (backend, _) => (latent, value) = screening.Encode(backend).Codes[0][0]);

        float inflation = ScreeningBound.NormInflation(DIn);
        float norm = ScreeningBound.LengthAbove(DIn, inflation);
        float error = ScreeningBound.LengthAbove(DIn * (element - 1) * (element - 1), inflation);
        ScreeningBound bound = ScreeningBound.For(DIn, depth);
        float radius = ScreeningBound.Radius(
            ScreeningBound.FactorOfNorm(bound, norm, error),
            ScreeningBound.FactorOfError(bound, norm, error),
            norm,
            error,
            ScreeningBound.PartOfBias(bound, screening.B[latent]));
        Assert.InRange(Math.Abs(value - screening.PreActivation(0, latent)) / radius, 0.95, 1);
    }

    [Theory]
    [InlineData(1, 16)]
    [InlineData(768, 768)]
    [InlineData(4096, 4096)]
    public void Its_factors_are_those_of_the_derivation(int dIn, int depth)
    {
        double u = Math.ScaleB(1, -24);
        ScreeningBound bound = ScreeningBound.For(dIn, depth);
        Assert.InRange(bound.Chain, dIn * u, dIn * u * 1.001);
        Assert.InRange(bound.Bias, (dIn + 3) * u, (dIn + 3) * u * 1.001);

        // Products of depth 8 and 16, one after the other, each as bad as assumed.
        foreach (int product in (int[])[8, 16])
        {
            double worst = Math.Pow(1 + ScreeningBound.ProductError(product), depth / product) - 1;
            Assert.InRange(bound.Accumulation, worst, (worst * 1.01) + (4 * u));
        }
    }
}
