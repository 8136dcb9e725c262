using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Testing;

namespace SaeKernels.Tests.Factorization;

public sealed class CodeLengthTests
{
    [Fact]
    public void Published_figures_are_those_of_the_formulas()
    {
        Assert.Equal(1404.63, CodeLength.Bound(65, 7, 25_000), 0.01);
        Assert.Equal(5376, CodeLength.Dense(768, 7));
        Assert.Equal(13992.87, CodeLength.OneHotAsPublished(128, 7, 50_257), 0.01);
        Assert.Equal(2005.98, CodeLength.OneHotByBound(128, 7, 50_257), 0.01);
        Assert.Equal(651.83, 25_000 * HistogramEntropy.OfChoice(65 / 25_000.0), 0.01);
        Assert.Equal(1106.83, (25_000 * HistogramEntropy.OfChoice(65 / 25_000.0)) + (65 * 7), 0.01);
    }

    [Fact]
    public void A_latent_that_is_active_half_the_time_with_one_value_takes_a_bit()
    {
        SparseRows codes = new([0, 1, 1, 2, 2], [0, 0], [0.7f, 0.7f]);

        Assert.Equal(1, new CodeLength(QuantizedCodes.ByCount(codes, 1, 16)).BitsPerVector, 1e-12);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void Even_strengths_in_a_power_of_two_of_bins_take_the_exponent(int bits)
    {
        // 200,000 values: the entropy of 64 bins is too low by 63 / (2 · 200,000 · ln 2) = 0.0002 bits.
        SparseRows codes = Even(200_000, 1, 1);
        CodeLength length = new(QuantizedCodes.ByCount(codes, 1, 1 << bits));

        Assert.Equal(bits, length.BitsPerValue, 0.01);
        Assert.Equal(bits, length.BitsPerVector, 0.01);
    }

    [Fact]
    public void Equally_likely_latents_stay_below_the_bound()
    {
        for (int trial = 0; trial < 100; trial++)
        {
            int latents = 16 + (trial * 7);
            int active = 3 + (trial % 5);
            int bins = 2 + (trial % 30);
            CodeLength length = new(QuantizedCodes.ByCount(Even(latents * 4, latents, active), latents, bins));

            Assert.True(length.BitsPerVector <= CodeLength.Bound(length.L0, length.BitsPerValue, latents));
        }
    }

    [Fact]
    public void The_error_grows_by_a_twelfth_of_the_squared_bin_for_each_active_value()
    {
        SparseFactorization exact = Exact(20_000, 8, 32, 3, out RowMatrix vectors);
        IReadOnlyList<CodePrecision> measured = PrecisionSearch.Measure(exact, vectors, [16, 32, 64]);
        foreach (CodePrecision precision in measured)
        {
            double expected = 0;
            for (int latent = 0; latent < 8; latent++)
            {
                float[] values = [.. exact.Codes.Values.Where((_, entry) => exact.Codes.Columns[entry] == latent)];
                double width = (double)values.Max() / precision.Bins;
                expected += values.Length / 20_000.0 * width * width / 12;
            }

            // Errors of latents that are active together are independent: their products cancel to about 1 %.
            Assert.Equal(1, precision.MseIncrease / expected, 0.02);
        }

        // Half as much, within 3 % of it.
        Assert.Equal(0.5, Math.Sqrt(measured[1].MseIncrease / measured[0].MseIncrease), 0.015);
        Assert.Equal(0.5, Math.Sqrt(measured[2].MseIncrease / measured[1].MseIncrease), 0.015);
    }

    [Fact]
    public void The_cheapest_precision_within_the_tolerance_is_chosen()
    {
        SparseFactorization exact = Exact(2000, 8, 32, 3, out RowMatrix vectors);
        IReadOnlyList<CodePrecision> all = PrecisionSearch.Measure(exact, vectors, PrecisionSearch.StandardBins);
        foreach (double tolerance in (double[])[1e-5, 1e-4, 1e-3, 1e-2, 1])
        {
            CodePrecision? chosen = PrecisionSearch.Cheapest(all, tolerance);
            double[] allowed =
                [.. all.Where(one => one.MseIncrease <= tolerance).Select(one => one.Length.BitsPerVector)];

            Assert.Equal(allowed.Length > 0 ? allowed.Min() : null, chosen?.Length.BitsPerVector);
        }

        Assert.Null(PrecisionSearch.Cheapest(all, -1));
        Assert.Equal(4, PrecisionSearch.Cheapest(all, 1)!.Bins);
    }

    [Fact]
    public void True_codes_are_shorter_than_vectors_of_the_same_error()
    {
        const int Rows = 4000;
        BounceSource source = new(1);
        SparseFactorization truth = Truth(source, Rows, out RowMatrix vectors);
        CodePrecision code = PrecisionSearch.Measure(truth, vectors, [32])[0];
        // A bin of the vector's elements that loses as much: DIn · Δ² / 12.
        double width = Math.Sqrt(code.MseIncrease * 12 / source.DIn);
        double dense = 0;
        for (int d = 0; d < source.DIn; d++)
        {
            long[] counts = new long[4096];
            for (int row = 0; row < Rows; row++)
            {
                counts[2048 + (int)Math.Floor(vectors[row][d] / width)]++;
            }

            dense += HistogramEntropy.Of(counts);
        }

        VectorSource all = new()
        {
            Count = Rows,
            DIn = source.DIn,
            Read = (first, to) => vectors.Elements.AsSpan((int)first * source.DIn, to.Length).CopyTo(to),
        };
        Assert.Equal(dense, DenseLength.Measure(all, code.MseIncrease).BitsPerVector, 1e-9 * dense);
        Assert.Equal(double.NaN, DenseLength.Measure(all, 0).BitsPerVector);
        double values = 3 * code.Length.BitsPerValue;
        Assert.True(code.Length.BitsPerVector < dense);
        // A direction for each vector: few bits of codes, and a dictionary as large as the data.
        Assert.True(
            code.Length.BitsPerVector + code.Length.DictionaryBitsPerVector(64, source.DIn)
            < CodeLength.OneHotByBound(1, code.Length.BitsPerValue, Rows) + (32 * source.DIn));
        Assert.InRange(code.Length.BitsPerVector, 15.3465 + values, 1.01 * (17.4701 + values));
    }

    [Fact]
    public void The_device_and_the_host_find_the_same_length()
    {
        SparseRows codes = Even(400, 12, 3);
        QuantizedCodes quantized = QuantizedCodes.ByCount(codes, 12, 16);
        LatentStatisticsLayout layout = new()
        {
            Latents = 12,
            LinearBins = 16,
            // The largest value falls into the last bin in either place.
            LinearUpper = [.. quantized.Table.Bins.Upper],
        };
        TestBackends.Use("cpu", backend =>
        {
            using LatentStatistics statistics = backend.CreateLatentStatistics(layout);
            using SparseCodes placed = new(backend, "Codes", 400, codes.Values.Length);
            placed.RowOffsets.Upload(Array.ConvertAll(codes.Offsets, offset => (int)offset));
            placed.Indices.Upload(codes.Columns);
            placed.Values.Upload(codes.Values);
            backend.AccumulateLatents(
                new AccumulateLatentsArguments { Rows = 400, Codes = placed, Statistics = statistics });
            LatentCodeLength onDevice = new(statistics.Read());

            Assert.Equal(onDevice.BitsPerVector, new CodeLength(quantized).BitsPerVector, 1e-9);
        });
    }

    [Fact]
    public void The_dictionary_is_spread_over_the_vectors() => Assert.Equal(
        64 * 32 * 32 / 400.0,
        new CodeLength(QuantizedCodes.ByCount(Even(400, 64, 3), 64, 8)).DictionaryBitsPerVector(64, 32));

    [Fact]
    public void Bins_of_one_width_have_their_middles_there()
    {
        SparseRows codes = new([0, 2], [0, 1], [0.95f, 0.31f]);
        QuantizedCodes quantized = QuantizedCodes.ByWidth(codes, 2, 0.2f);

        Assert.Equal([5, 2], quantized.BinsOfLatents);
        Assert.Equal(0.9f, quantized.Values.Values[0], 1e-6f);
        Assert.Equal(0.3f, quantized.Values.Values[1], 1e-6f);
        Assert.Throws<ArgumentException>(() => QuantizedCodes.ByWidth(codes, 2, 0));
        Assert.Throws<ArgumentException>(() => QuantizedCodes.ByCount(new([0, 1], [0], [0]), 1, 4));
    }

    /// <summary>Rows with so many active latents, every latent alike, with strengths of U(0, 1).</summary>
    internal static SparseRows Even(int rows, int latents, int active)
    {
        RandomSequence random = new(17, RandomPurpose.General);
        int[] columns = new int[rows * active];
        float[] values = new float[rows * active];
        for (int row = 0; row < rows; row++)
        {
            int[] chosen =
                [.. Enumerable.Range(0, active).Select(i => ((row * active) + (i * (latents / active))) % latents)
                    .Distinct().Order()];
            for (int i = 0; i < active; i++)
            {
                columns[(row * active) + i] = chosen[i % chosen.Length];
                values[(row * active) + i] = random.NextSingle() + 1e-6f;
            }
        }

        return new SparseRows([.. Enumerable.Range(0, rows + 1).Select(row => (long)row * active)], columns, values);
    }

    private static SparseFactorization Exact(int rows, int latents, int width, int active, out RowMatrix vectors) =>
        Truth(new BounceSource(3, latents, width, active), rows, out vectors);

    /// <summary>The true factorisation of a source, without error.</summary>
    private static SparseFactorization Truth(BounceSource source, int rows, out RowMatrix vectors)
    {
        SyntheticRow code = new();
        float[] elements = new float[rows * source.DIn];
        List<long> offsets = [0];
        List<int> columns = [];
        List<float> values = [];
        for (int row = 0; row < rows; row++)
        {
            source.Draw(row, code, elements.AsSpan(row * source.DIn, source.DIn));
            columns.AddRange(code.Features);
            values.AddRange(code.Values);
            offsets.Add(values.Count);
        }

        vectors = new RowMatrix(elements, source.DIn);
        return new SparseFactorization
        {
            Dictionary = new RowMatrix(source.Truth.Rows.ToArray(), source.DIn),
            Bias = new float[source.DIn],
            Codes = new SparseRows([.. offsets], [.. columns], [.. values]),
            Objective = 0,
            Mse = 0,
        };
    }
}
