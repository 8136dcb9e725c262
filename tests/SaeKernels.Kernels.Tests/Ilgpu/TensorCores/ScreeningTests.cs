using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;
using SaeKernels.Reference;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>Encoders with tensor cores, all of their kernels, through the emulated instructions.</summary>
public sealed class ScreeningTests
{
    [Theory]
    [InlineData(EncoderPrecision.ExactBf16)]
    [InlineData(EncoderPrecision.ExactTf32)]
    public void Exact_modes_select_what_float32_selects_bit_for_bit(EncoderPrecision precision) => Simulators.Use(
        precision, (backend, counted) =>
        {
            (int Batch, int DIn, int DSae, int K, int AuxK)[] shapes =
                [(1, 1, 4, 1, 0), (3, 17, 65, 3, 5), (7, 31, 33, 8, 0), (5, 48, 131, 5, 7), (64, 33, 192, 4, 0)];
            foreach ((int batch, int dIn, int dSae, int k, int auxK) in shapes)
            {
                ScreeningCase screening = ScreeningCase.Draw(batch, dIn, dSae, k, auxK, seed: 31);
                ((int, double)[][] codes, (int, double)[][] auxCodes) = screening.Encode(backend);
                Assert.Equal(screening.Expected(), codes);
                Assert.Equal(screening.ExpectedAux(), auxCodes);
            }

            EncoderReport report = counted();
            Assert.Equal((precision, 80L, 0L), (report.Precision, report.Rows, report.Fallbacks));
            Assert.InRange(report.Candidates, 1, 80 * 192);
        });

    [Theory]
    [InlineData(EncoderPrecision.ExactBf16, nameof(IComputeBackend.EncodeTopK))]
    [InlineData(EncoderPrecision.ExactTf32, nameof(IComputeBackend.EncodeTopK))]
    [InlineData(EncoderPrecision.ExactBf16, nameof(IComputeBackend.EncodeThreshold))]
    [InlineData(EncoderPrecision.ExactTf32, nameof(IComputeBackend.EncodeThreshold))]
    [InlineData(EncoderPrecision.ExactBf16, nameof(IComputeBackend.EncodeBatchTopK))]
    [InlineData(EncoderPrecision.ExactTf32, nameof(IComputeBackend.EncodeBatchTopK))]
    public void Exact_modes_pass_the_verification_of_the_operation(
        EncoderPrecision precision, string operation) => Simulators.Use(precision, (backend, counted) =>
        {
            VerificationResult[] results =
                [.. KernelVerification.RunOperation(backend, operation, VerificationScale.Small)];
            Assert.NotEmpty(results);
            Assert.All(results, result => Assert.True(result.Passed, $"{result.Shape}: {result.Detail}"));
            Assert.NotEqual(0, counted().Rows);
        });

    [Fact]
    public void A_precision_that_the_device_has_not_is_refused_with_those_it_has()
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => IlgpuBackend.Create(IlgpuDevices.SimulatorId, EncoderPrecision.ExactInt8));
        Assert.Equal(
            "IlgpuBackend: the precision must be one that ilgpu-cpu has, Auto, Fp32, ExactTf32, ExactBf16, Tf32, Bf16, "
            + "but is ExactInt8. Choose one of these, or another device.",
            refusal.Message);
    }

    // Many latents for the room of the lists: they are pruned again and again.
    [Theory]
    [InlineData(EncoderPrecision.ExactBf16)]
    [InlineData(EncoderPrecision.Bf16)]
    public void Lists_that_are_pruned_lose_nothing(EncoderPrecision precision) => Simulators.Use(
        precision, (backend, counted) =>
        {
            ScreeningCase screening = ScreeningCase.Draw(6, 8, 900, 6, 4, seed: 5).RoundedToQuarters();
            ((int, double)[][] codes, (int, double)[][] auxCodes) = screening.Encode(backend);

            // Operands of four bits and depth 8: no precision loses anything, so that the fast mode must agree too.
            Assert.Equal(screening.Expected(), codes);
            Assert.Equal(screening.ExpectedAux(), auxCodes);
            Assert.Equal(0, counted().Fallbacks);
        });

    [Fact]
    public void Full_groups_of_eight_warps_agree()
    {
        using IlgpuBackend backend = IlgpuBackend.CreateSimulatorOfGroups(EncoderPrecision.ExactBf16);
        ScreeningCase screening = ScreeningCase.Draw(40, 40, 150, 7, 9, seed: 8);
        ((int, double)[][] codes, (int, double)[][] auxCodes) = screening.Encode(backend);
        Assert.Equal(screening.Expected(), codes);
        Assert.Equal(screening.ExpectedAux(), auxCodes);
    }

    [Fact]
    public void Rows_that_prove_nothing_are_computed_in_float32() => Simulators.Use(
        EncoderPrecision.ExactBf16, (backend, counted) =>
        {
            ScreeningCase screening = ScreeningCase.Draw(6, 5, 400, 3, 5, seed: 12);
            screening.X[0] = float.NaN;
            screening.X[5 + 1] = float.PositiveInfinity;
            screening.X[10 + 2] = 3e38f;
            Array.Fill(screening.X, 1e30f, 15, 5);

            // All pre-activations of a row of zeros are biases, and these are all equal: no bound can tell them apart.
            Array.Clear(screening.X, 20, 5);
            Array.Fill(screening.B, 0.25f);
            ((int, double)[][] codes, (int, double)[][] auxCodes) = screening.Encode(backend);
            Assert.Equal(screening.Expected(), codes);
            Assert.Equal(screening.ExpectedAux(), auxCodes);
            EncoderReport report = counted();
            Assert.Equal((6, 5), (report.Rows, report.Fallbacks));
        });

    [Fact]
    public void A_latent_that_is_not_finite_sends_every_row_to_float32() => Simulators.Use(
        EncoderPrecision.ExactTf32, (backend, counted) =>
        {
            ScreeningCase screening = ScreeningCase.Draw(4, 5, 60, 3, 0, seed: 13);
            screening.W[(17 * 5) + 2] = float.NaN;
            Assert.Equal(screening.Expected(), screening.Encode(backend).Codes);
            Assert.Equal(4, counted().Fallbacks);
        });

    // Rounding moves pairs of pre-activations past each other: bfloat16 alone selects other latents.
    [Fact]
    public void Close_calls_are_decided_by_float32()
    {
        ScreeningCase screening = ScreeningCase.Draw(3, 33, 190, 5, 0, seed: 21);
        for (int i = 0; i < screening.W.Length; i++)
        {
            screening.W[i] = screening.W[i % (33 * 10)] + (screening.W[i] * 1e-4f);
        }

        Simulators.Use(EncoderPrecision.ExactBf16, (exact, counted) =>
        {
            Assert.Equal(screening.Expected(), screening.Encode(exact).Codes);
            Assert.InRange(counted().Candidates, 3 * 6, 3 * 190);
        });
        Simulators.Use(EncoderPrecision.Bf16, (fast, _) => Assert.NotEqual(
            screening.Expected().SelectMany(row => row).Select(entry => entry.Latent),
            screening.Encode(fast).Codes.SelectMany(row => row).Select(entry => entry.Latent)));
    }

    [Theory]
    [InlineData(EncoderPrecision.Bf16)]
    [InlineData(EncoderPrecision.Tf32)]
    public void Fast_modes_stay_within_the_bound_of_the_exact_ones(EncoderPrecision precision) => Simulators.Use(
        precision, (backend, counted) =>
        {
            ScreeningCase screening = ScreeningCase.Draw(9, 45, 140, 30, 0, seed: 3);
            ((int Latent, double Value)[][] codes, _) = screening.Encode(backend);
            for (int row = 0; row < screening.Batch; row++)
            {
                Assert.Equal(screening.K, codes[row].Length);
                Assert.All(
                    codes[row], entry => RequireWithinBound(screening, precision, row, entry.Latent, entry.Value));
            }

            Assert.Contains("without proof", counted().Path, StringComparison.Ordinal);
        });

    [Fact]
    public void Two_runs_give_the_same_bits() => Simulators.Use(EncoderPrecision.Bf16, (backend, _) =>
    {
        ScreeningCase screening = ScreeningCase.Draw(5, 20, 300, 9, 3, seed: 4);
        ((int, double)[][] codes, (int, double)[][] auxCodes) = screening.Encode(backend);
        ((int, double)[][] again, (int, double)[][] auxAgain) = screening.Encode(backend);
        Assert.Equal(codes, again);
        Assert.Equal(auxCodes, auxAgain);
    });

    [Fact]
    public void An_empty_batch_gives_no_rows() => Simulators.Use(EncoderPrecision.ExactBf16, (backend, _) =>
    {
        Assert.Empty(ScreeningCase.Draw(0, 4, 40, 2, 3, seed: 1).Encode(backend).Codes);
    });

    // u = 2⁻⁸ and 2⁻¹¹: half a last place of 8 and 11 bits.
    private static void RequireWithinBound(
        ScreeningCase screening, EncoderPrecision precision, int row, int latent, double value)
    {
        double roundoff = precision == EncoderPrecision.Bf16 ? 1.0 / 256 : 1.0 / 2048;
        double magnitudes = 0;
        for (int d = 0; d < screening.DIn; d++)
        {
            magnitudes += Math.Abs(
                (double)screening.X[(row * screening.DIn) + d] * screening.W[(latent * screening.DIn) + d]);
        }

        // Two roundings of operands, the accumulator over 64 elements, the bias; DIn roundings of the chain.
        double relative = (2 * roundoff) + (roundoff * roundoff) + (66 * ScreeningBound.ProductError(1));
        double allowed = relative * (magnitudes + Math.Abs(screening.B[latent]));
        double exact = Math.Max(0, screening.PreActivation(row, latent));
        Assert.InRange(value, exact - allowed, exact + allowed);
    }
}
