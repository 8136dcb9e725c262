using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>Thresholds and batch-wide selections with tensor cores, through the emulated instructions.</summary>
public sealed class ScreenedPoolTests
{
    [Theory]
    [InlineData(EncoderPrecision.ExactBf16)]
    [InlineData(EncoderPrecision.ExactTf32)]
    public void Exact_modes_select_what_float32_selects_bit_for_bit(EncoderPrecision precision) => Simulators.Use(
        precision, (backend, counted) =>
        {
            (int Batch, int DIn, int DSae, int AuxK)[] shapes =
                [(1, 1, 40, 0), (3, 17, 65, 5), (5, 48, 131, 7), (64, 33, 192, 0)];
            foreach ((int batch, int dIn, int dSae, int auxK) in shapes)
            {
                ScreeningCase screening = ScreeningCase.Draw(batch, dIn, dSae, k: dSae / 8, auxK, seed: 41);

                // Some are above 0, some are not, and one latent has a threshold that it reaches and does not exceed.
                float[] thresholds =
                    [.. Enumerable.Range(0, dSae).Select(i => (i % 5 == 0 ? -1 : 1.25f) * MathF.Sqrt(dIn))];
                thresholds[dSae - 1] = screening.PreActivation(0, dSae - 1);
                Pooled found = Pooled.Threshold(backend, screening, thresholds);
                Assert.Equal(Pooled.Above(screening, thresholds), found.Codes);
                Assert.Equal(screening.ExpectedAux(), found.AuxCodes);

                found = Pooled.BatchTopK(backend, screening);
                Assert.Equal(Pooled.Largest(screening), found.Codes);
                Assert.Equal(screening.ExpectedAux(), found.AuxCodes);
                Assert.Equal(found.Codes.SelectMany(row => row).Min(entry => entry.Value), found.Cut);
            }

            EncoderReport report = counted();
            Assert.Equal((precision, 2 * 73L, 0L), (report.Precision, report.Rows, report.Fallbacks));
            Assert.InRange(report.Candidates, 73, 73 * 192);
        });

    [Fact]
    public void Full_groups_of_eight_warps_agree()
    {
        using IlgpuBackend backend = IlgpuBackend.CreateSimulatorOfGroups(EncoderPrecision.ExactBf16);
        ScreeningCase screening = ScreeningCase.Draw(40, 20, 150, 9, 5, seed: 6);
        float[] thresholds = [.. Enumerable.Repeat(6.5f, 150)];
        Pooled found = Pooled.Threshold(backend, screening, thresholds);
        Assert.Equal(Pooled.Above(screening, thresholds), found.Codes);
        Assert.Equal(screening.ExpectedAux(), found.AuxCodes);
        Assert.Equal(Pooled.Largest(screening), Pooled.BatchTopK(backend, screening).Codes);
    }

    // All pre-activations are the threshold itself, which no bound can tell from one above it: more candidates than
    // lists have room for.
    [Fact]
    public void More_candidates_than_there_is_room_for_go_to_float32() => Simulators.Use(
        EncoderPrecision.ExactBf16, (backend, counted) =>
        {
            ScreeningCase screening = ScreeningCase.Draw(40, 6, 192, 2, 3, seed: 9);
            Array.Fill(screening.W, 0.3f);
            Array.Fill(screening.X, 0.7f);
            Array.Fill(screening.B, 0.25f);
            screening.B[77] = MathF.BitIncrement(0.25f);
            float[] thresholds = [.. Enumerable.Repeat(screening.PreActivation(0, 0), 192)];
            Pooled found = Pooled.Threshold(backend, screening, thresholds, capacity: 40);
            Assert.Equal(Pooled.Above(screening, thresholds), found.Codes);
            Assert.Equal(screening.ExpectedAux(), found.AuxCodes);
            Assert.Equal(40, counted().Fallbacks);

            // Of ties the first ones, in the first rows.
            Assert.Equal(Pooled.Largest(screening), Pooled.BatchTopK(backend, screening).Codes);
        });

    [Fact]
    public void Pre_activations_that_prove_nothing_are_decided_by_float32() => Simulators.Use(
        EncoderPrecision.ExactTf32, (backend, _) =>
        {
            ScreeningCase screening = ScreeningCase.Draw(5, 7, 60, 6, 0, seed: 14);
            screening.X[0] = float.NaN;
            screening.X[7 + 1] = float.PositiveInfinity;
            screening.X[14 + 2] = 3e38f;
            Array.Fill(screening.X, 1e30f, 21, 7);
            float[] thresholds = [.. Enumerable.Repeat(3f, 60)];
            Pooled found = Pooled.Threshold(backend, screening, thresholds, capacity: 5 * 60);
            Assert.Equal(Pooled.Above(screening, thresholds), found.Codes);
        });

    [Theory]
    [InlineData(EncoderPrecision.Bf16)]
    [InlineData(EncoderPrecision.Tf32)]
    public void Fast_modes_take_what_the_tensor_cores_sum(EncoderPrecision precision) => Simulators.Use(
        precision, (backend, counted) =>
        {
            // Operands of four bits and depth 8: no precision loses anything, so that a mode without proof must agree.
            ScreeningCase screening = ScreeningCase.Draw(6, 8, 90, 4, 3, seed: 15).RoundedToQuarters();
            float[] thresholds = [.. Enumerable.Repeat(4f, 90)];
            Pooled found = Pooled.Threshold(backend, screening, thresholds);
            Assert.Equal(Pooled.Above(screening, thresholds), found.Codes);
            Assert.Equal(screening.ExpectedAux(), found.AuxCodes);
            Assert.Equal(Pooled.Largest(screening), Pooled.BatchTopK(backend, screening).Codes);
            Assert.Equal(0, counted().Candidates);
        });

    /// <summary>What an encoder gave, and what it should have given.</summary>
    private sealed record Pooled(
        (int Latent, double Value)[][] Codes, (int Latent, double Value)[][] AuxCodes, double Cut)
    {
        public static Pooled Threshold(
            IComputeBackend backend, ScreeningCase screening, float[] thresholds, int capacity = 0)
        {
            using RealBuffer threshold = backend.Place("Threshold", thresholds);
            int room = capacity == 0 ? screening.Batch * screening.DSae / 4 : capacity;
            return Run(backend, screening, room, (input, wEnc, bEnc, codes, _, aux) => backend.EncodeThreshold(
                new EncodeThresholdArguments
                {
                    Input = input,
                    WEnc = wEnc,
                    BEnc = bEnc,
                    Threshold = threshold,
                    Codes = codes,
                    Aux = aux,
                }));
        }

        public static Pooled BatchTopK(IComputeBackend backend, ScreeningCase screening) => Run(
            backend,
            screening,
            screening.Batch * screening.K,
            (input, wEnc, bEnc, codes, cut, aux) => backend.EncodeBatchTopK(new EncodeBatchTopKArguments
            {
                Input = input,
                WEnc = wEnc,
                BEnc = bEnc,
                K = screening.K,
                Codes = codes,
                Cut = cut,
                Aux = aux,
            }));

        public static (int Latent, double Value)[][] Above(ScreeningCase screening, float[] thresholds) =>
        [
            .. Enumerable.Range(0, screening.Batch).Select(row => Enumerable.Range(0, screening.DSae)
                .Select(latent => (Latent: latent, Value: screening.PreActivation(row, latent)))
                .Where(entry => !(entry.Value <= Math.Max(thresholds[entry.Latent], 0)))
                .Select(entry => (entry.Latent, (double)entry.Value))
                .ToArray()),
        ];

        public static (int Latent, double Value)[][] Largest(ScreeningCase screening)
        {
            HashSet<(int Row, int Latent)> kept =
            [
                .. Enumerable.Range(0, screening.Batch)
                    .SelectMany(row => Enumerable.Range(0, screening.DSae).Select(latent => (Row: row, Latent: latent)))
                    .Where(place => screening.PreActivation(place.Row, place.Latent) > 0)
                    .OrderByDescending(place => screening.PreActivation(place.Row, place.Latent))
                    .ThenBy(place => place.Row)
                    .ThenBy(place => place.Latent)
                    .Take(screening.Batch * screening.K),
            ];
            return
            [
                .. Enumerable.Range(0, screening.Batch).Select(row => kept
                    .Where(place => place.Row == row)
                    .OrderBy(place => place.Latent)
                    .Select(place => (place.Latent, (double)screening.PreActivation(row, place.Latent)))
                    .ToArray()),
            ];
        }

        private static Pooled Run(
            IComputeBackend backend,
            ScreeningCase screening,
            int room,
            Action<RealMatrix, RealMatrix, RealBuffer, SparseCodes, ScalarSlot, AuxSelection?> encode)
        {
            using RealBuffer input = backend.Place("Input", screening.X);
            using RealBuffer wEnc = backend.Place("WEnc", screening.W);
            using RealBuffer bEnc = backend.Place("BEnc", screening.B);
            using RealBuffer cut = backend.Place("Cut", [0.0]);
            using IntBuffer mask = backend.Place("AuxMask", screening.Mask);
            using SparseCodes codes = new(backend, "Codes", screening.Batch, Math.Max(1, room));
            using SparseCodes auxCodes =
                new(backend, "AuxCodes", screening.Batch, Math.Max(1, screening.Batch * screening.AuxK));
            encode(
                new RealMatrix(input, screening.Batch, screening.DIn),
                new RealMatrix(wEnc, screening.DSae, screening.DIn),
                bEnc,
                codes,
                new ScalarSlot(cut, 0),
                screening.AuxK == 0
                    ? null
                    : new AuxSelection { Mask = mask, K = screening.AuxK, Codes = auxCodes });
            return new Pooled(
                codes.Read(screening.Batch),
                screening.AuxK == 0 ? [] : auxCodes.Read(screening.Batch),
                cut.ToArray()[0]);
        }
    }
}
