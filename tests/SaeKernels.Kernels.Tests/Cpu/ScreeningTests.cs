using System.Runtime.Intrinsics.X86;
using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Cpu;

/// <summary>Low precision screens, float32 decides: what is selected and stored has the bits of float32.</summary>
public sealed class ScreeningTests
{
    public static TheoryData<string, int, int, int, int> Cases
    {
        get
        {
            TheoryData<string, int, int, int, int> cases = [];
            string[] kinds =
            [
                "ordinary", "near ties", "repeated rows", "small integers", "scales", "outlying dimensions", "zeros",
                "not numbers",
            ];
            foreach (string kind in kinds)
            {
                cases.Add(kind, 61, 67, 333, 5);
                cases.Add(kind, 40, 128, 1024, 16);
                cases.Add(kind, 200, 288, 2304, 32);
                cases.Add(kind, 13, 768, 3001, 64);
            }

            cases.Add("ordinary", 7, 1, 40, 3);
            cases.Add("ordinary", 1, 2050, 257, 256);
            cases.Add("ordinary", 5, 16, 33, 33);
            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Selection_and_values_have_the_bits_of_float32(string kind, int batch, int dIn, int dSae, int k)
    {
        RequireScreen();
        for (ulong seed = 1; seed <= 3; seed++)
        {
            ScreeningCase data = ScreeningCase.Draw(kind, batch, dIn, dSae, k, seed);
            foreach (int auxK in (ReadOnlySpan<int>)[0, Math.Min(dSae, 2 * k)])
            {
                Selected expected = Encode(data, auxK, 1, EncoderPrecision.Fp32, out _);
                for (int threads = 1; threads <= 3; threads++)
                {
                    Selected found = Encode(data, auxK, threads, EncoderPrecision.ExactInt8, out EncoderReport report);
                    Assert.Equal(expected.Indices, found.Indices);
                    Assert.Equal(expected.Bits, found.Bits);
                    Assert.Equal((EncoderPrecision.ExactInt8, batch), (report.Precision, report.Rows));
                }
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void What_is_above_a_threshold_has_the_bits_of_float32(string kind, int batch, int dIn, int dSae, int k)
    {
        RequireScreen();
        ScreeningCase data = ScreeningCase.Draw(kind, batch, dIn, dSae, k, 4);
        float[] thresholds = [.. Enumerable.Range(0, dSae).Select(latent => (latent % 41) switch
        {
            0 => float.NaN,
            1 => float.PositiveInfinity,
            2 => -3,
            3 => 1e20f,
            _ => 1 + (latent % 13 * 0.1f),
        })];
        foreach (float[]? given in new[] { thresholds, null })
        {
            Selected expected = EncodeThreshold(data, given, 1, EncoderPrecision.Fp32, out _);
            for (int threads = 1; threads <= 3; threads++)
            {
                Selected found = EncodeThreshold(
                    data, given, threads, EncoderPrecision.ExactInt8, out EncoderReport report);
                Assert.Equal(expected.Indices, found.Indices);
                Assert.Equal(expected.Bits, found.Bits);
                Assert.Equal(batch, report.Rows);
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void What_is_largest_in_a_batch_has_the_bits_of_float32(string kind, int batch, int dIn, int dSae, int k)
    {
        RequireScreen();
        ScreeningCase data = ScreeningCase.Draw(kind, batch, dIn, dSae, k, 6);
        Selected expected = EncodeBatch([data], 1, EncoderPrecision.Fp32, out _);
        bool isFull = expected.Bits.Length == (batch * k) + 1;
        bool isGuessed = isFull && float.IsFinite(BitConverter.Int32BitsToSingle(expected.Bits[^1]));
        for (int threads = 1; threads <= 3; threads++)
        {
            // The first call knows no cut to screen by.
            Selected found = EncodeBatch([data, data], threads, EncoderPrecision.ExactInt8, out EncoderReport report);
            Assert.Equal(expected.Indices, found.Indices);
            Assert.Equal(expected.Bits, found.Bits);
            Assert.Equal(isGuessed ? batch : 0, report.Rows);
            Assert.True(kind != "ordinary" || report.CandidatesPerRow <= Math.Max(4 * k, dSae / 8.0));
        }
    }

    [Theory]
    [InlineData(1, EncoderPrecision.Auto)]
    [InlineData(2, EncoderPrecision.Fp32)]
    [InlineData(3, EncoderPrecision.Auto)]
    public void A_cut_from_another_batch_loses_no_latent(int threads, EncoderPrecision precision)
    {
        // Large enough for the default to screen where it can.
        ScreeningCase data = ScreeningCase.Draw("ordinary", 24, 256, 8192, 16, 12);
        ScreeningCase lower = data with { BEnc = [.. data.BEnc.Select(bias => bias - 1)] };
        ScreeningCase higher = data with { BEnc = [.. data.BEnc.Select(bias => bias + 1)] };
        foreach (ScreeningCase other in (ReadOnlySpan<ScreeningCase>)[lower, higher])
        {
            Selected expected = EncodeBatch([other], 1, EncoderPrecision.Fp32, out _);
            Selected found = EncodeBatch([data, other], threads, precision, out _);
            Assert.Equal(expected.Indices, found.Indices);
            Assert.Equal(expected.Bits, found.Bits);
        }
    }

    [SkippableTheory]
    [InlineData(128, 1024, 16)]
    [InlineData(288, 2304, 32)]
    [InlineData(512, 16384, 32)]
    public void Few_latents_are_left_to_float32_on_ordinary_data(int dIn, int dSae, int k)
    {
        RequireScreen();
        ScreeningCase data = ScreeningCase.Draw("ordinary", 96, dIn, dSae, k, 5);
        Encode(data, 0, 2, EncoderPrecision.ExactInt8, out EncoderReport report);
        Assert.Equal((96, 0), (report.Rows, report.Fallbacks));
        Assert.InRange(report.CandidatesPerRow, k, dSae / 8.0);
    }

    [SkippableFact]
    public void The_default_screens_where_that_pays()
    {
        RequireScreen();
        ScreeningCase large = ScreeningCase.Draw("ordinary", 16, 512, 8192, 32, 5);
        Encode(large, 0, 2, EncoderPrecision.Auto, out EncoderReport report);
        Assert.Equal((EncoderPrecision.ExactInt8, 16), (report.Precision, report.Rows));

        ScreeningCase small = ScreeningCase.Draw("ordinary", 16, 64, 512, 32, 5);
        Encode(small, 0, 2, EncoderPrecision.Auto, out report);
        Assert.Equal(0, report.Rows);
    }

    [SkippableFact]
    public void A_guess_from_another_batch_loses_no_latent()
    {
        RequireScreen();
        (ScreeningCase data, ScreeningCase other) = DrawOrdinaryThenOther();
        Selected expected = Encode(other, 0, 1, EncoderPrecision.Fp32, out _);
        Selected found = Encode([data, other], 0, 2, EncoderPrecision.ExactInt8, out EncoderReport report);
        Assert.Equal(expected.Indices, found.Indices);
        Assert.Equal(expected.Bits, found.Bits);
        Assert.Equal((122, 0), (report.Rows, report.Fallbacks));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 2)]
    [InlineData(40, 3)]
    public void A_guess_of_float32_from_another_batch_loses_no_latent(int auxK, int threads)
    {
        (ScreeningCase data, ScreeningCase other) = DrawOrdinaryThenOther();
        Selected expected = Encode(other, auxK, 1, EncoderPrecision.Fp32, out _);
        Selected found = Encode([data, other], auxK, threads, EncoderPrecision.Fp32, out _);
        Assert.Equal(expected.Indices, found.Indices);
        Assert.Equal(expected.Bits, found.Bits);
    }

    [SkippableFact]
    public void Rows_out_of_range_are_left_to_float32_and_counted()
    {
        RequireScreen();
        ScreeningCase data = ScreeningCase.Draw("not numbers", 40, 128, 1024, 16, 7);
        Encode(data, 0, 2, EncoderPrecision.ExactInt8, out EncoderReport report);
        Assert.Equal((40, 4), (report.Rows, report.Fallbacks));
    }

    [Fact]
    public void A_precision_that_the_processor_lacks_is_refused_with_those_it_has()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => new CpuBackend(1, EncoderPrecision.Bf16));
        Assert.Contains(
            "Precision must be one that this processor has, Auto, Fp32", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Skips a test where the machine cannot screen, and fails it where it could and does not.</summary>
    internal static void RequireScreen()
    {
        bool has = OperatingSystem.IsLinux()
            && Avx512F.IsSupported
            && File.ReadAllText("/proc/cpuinfo").Contains("avx512_vnni", StringComparison.Ordinal)
            && Environment.GetEnvironmentVariable("SAE_CPU_SCREEN") != "0";
        Assert.Equal(has, CpuBackend.Precisions.Contains(EncoderPrecision.ExactInt8));
        Skip.IfNot(has, "This machine has no AVX512-VNNI, or it is switched off.");
    }

    /// <summary>
    /// Draws a batch that is much alike in all rows, and one with rows that have no large pre-activations, or only
    /// such.
    /// </summary>
    private static (ScreeningCase Ordinary, ScreeningCase Other) DrawOrdinaryThenOther()
    {
        ScreeningCase data = ScreeningCase.Draw("ordinary", 61, 128, 1024, 16, 11);
        ScreeningCase other = data with { Input = [.. data.Input], BEnc = [.. data.BEnc.Select(bias => bias - 1)] };
        for (int row = 0; row < 30; row++)
        {
            Array.Fill(other.Input, 0.01f, row * 128, 128);
        }

        return (data, other);
    }

    private static Selected Encode(
        ScreeningCase data, int auxK, int threads, EncoderPrecision precision, out EncoderReport report) =>
        Encode([data], auxK, threads, precision, out report);

    /// <summary>Encodes batches one after another in the same memory; returns the last result.</summary>
    private static Selected Encode(
        ScreeningCase[] batches, int auxK, int threads, EncoderPrecision precision, out EncoderReport report)
    {
        ScreeningCase data = batches[^1];
        using CpuBackend backend = new(threads, precision);
        using RealBuffer input = backend.Place("Input", data.Input);
        using RealBuffer wEnc = backend.Place("WEnc", data.WEnc);
        using RealBuffer bEnc = backend.Place("BEnc", data.BEnc);
        int[] flags = [.. Enumerable.Range(0, data.DSae).Select(latent => latent % 9 == 4 ? 1 : 0)];
        using IntBuffer mask = backend.Place("Mask", flags);
        using SparseCodes codes = new(backend, "Codes", data.Batch, data.Batch * data.K);
        using SparseCodes auxCodes = new(backend, "AuxCodes", data.Batch, data.Batch * Math.Max(1, auxK));
        EncodeTopKArguments arguments = new()
        {
            Input = new RealMatrix(input, data.Batch, data.DIn),
            WEnc = new RealMatrix(wEnc, data.DSae, data.DIn),
            BEnc = bEnc,
            K = data.K,
            Codes = codes,
            Aux = auxK == 0 ? null : new AuxSelection { Mask = mask, K = auxK, Codes = auxCodes },
        };
        foreach (ScreeningCase batch in batches)
        {
            input.Upload(batch.Input);
            wEnc.Upload(batch.WEnc);
            bEnc.Upload(batch.BEnc);
            backend.EncodeTopK(arguments);
        }

        report = backend.ReadEncoderReport();
        Selected main = Selected.Read(codes, data.Batch);
        Selected aux = Selected.Read(auxCodes, auxK == 0 ? 0 : data.Batch);
        return new Selected([.. main.Indices, .. aux.Indices], [.. main.Bits, .. aux.Bits]);
    }

    private static Selected EncodeThreshold(
        ScreeningCase data, float[]? thresholds, int threads, EncoderPrecision precision, out EncoderReport report)
    {
        using CpuBackend backend = new(threads, precision);
        using RealBuffer input = backend.Place("Input", data.Input);
        using RealBuffer wEnc = backend.Place("WEnc", data.WEnc);
        using RealBuffer bEnc = backend.Place("BEnc", data.BEnc);
        using RealBuffer? threshold = thresholds is null ? null : backend.Place("Threshold", thresholds);
        using SparseCodes codes = new(backend, "Codes", data.Batch, data.Batch * data.DSae);
        backend.EncodeThreshold(new EncodeThresholdArguments
        {
            Input = new RealMatrix(input, data.Batch, data.DIn),
            WEnc = new RealMatrix(wEnc, data.DSae, data.DIn),
            BEnc = bEnc,
            Threshold = threshold,
            Codes = codes,
        });
        report = backend.ReadEncoderReport();
        return Selected.Read(codes, data.Batch);
    }

    /// <summary>Keeps the largest of batches one after another in the same memory; returns the last result.</summary>
    private static Selected EncodeBatch(
        ScreeningCase[] batches, int threads, EncoderPrecision precision, out EncoderReport report)
    {
        ScreeningCase data = batches[^1];
        using CpuBackend backend = new(threads, precision);
        using RealBuffer input = backend.Place("Input", data.Input);
        using RealBuffer wEnc = backend.Place("WEnc", data.WEnc);
        using RealBuffer bEnc = backend.Place("BEnc", data.BEnc);
        using RealBuffer cut = backend.AllocateReal("Cut", 1);
        using SparseCodes codes = new(backend, "Codes", data.Batch, data.Batch * data.K);
        foreach (ScreeningCase batch in batches)
        {
            bEnc.Upload(batch.BEnc);
            backend.EncodeBatchTopK(new EncodeBatchTopKArguments
            {
                Input = new RealMatrix(input, data.Batch, data.DIn),
                WEnc = new RealMatrix(wEnc, data.DSae, data.DIn),
                BEnc = bEnc,
                K = data.K,
                Codes = codes,
                Cut = new ScalarSlot(cut, 0),
            });
        }

        report = backend.ReadEncoderReport();
        Selected selected = Selected.Read(codes, data.Batch);
        float[] kept = new float[1];
        cut.Download(kept);
        return selected with { Bits = [.. selected.Bits, BitConverter.SingleToInt32Bits(kept[0])] };
    }

    /// <summary>Row ends and latents, and the bits of the values.</summary>
    private sealed record Selected(int[] Indices, int[] Bits)
    {
        public static Selected Read(SparseCodes codes, int rows)
        {
            int[] offsets = new int[rows + 1];
            codes.RowOffsets.Download(offsets);
            int[] indices = new int[offsets[rows]];
            float[] values = new float[offsets[rows]];
            codes.Indices.Download(indices);
            codes.Values.Download(values);
            return new Selected([.. offsets, .. indices], [.. values.Select(BitConverter.SingleToInt32Bits)]);
        }
    }
}
