using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Verification;

public sealed class ThreadCountTests
{
    // Statistics are in no buffer that the recorder sees; AccumulateLatents' sums are compared below.
    public static TheoryData<string> Operations =>
        [.. KernelVerification.Operations];

    [Theory]
    [MemberData(nameof(Operations))]
    public void One_two_and_three_threads_give_the_same_bits(string operation)
    {
        string expected = Digest(new CpuBackend(1), operation);
        Assert.Equal(expected, Digest(new CpuBackend(2), operation));
        Assert.Equal(expected, Digest(new CpuBackend(3), operation));
    }

    [Fact]
    public void One_two_and_three_threads_give_the_same_statistics()
    {
        LatentStatisticsSnapshot expected = Statistics(1);
        foreach (int threads in new[] { 2, 3 })
        {
            LatentStatisticsSnapshot found = Statistics(threads);
            Assert.Equal(expected.Counts, found.Counts);
            Assert.Equal(expected.Sums, found.Sums);
            Assert.Equal(expected.SumsOfSquares, found.SumsOfSquares);
            Assert.Equal(expected.SumsOfCubes, found.SumsOfCubes);
            Assert.Equal(expected.SumsOfFourthPowers, found.SumsOfFourthPowers);
            Assert.Equal(expected.Minima, found.Minima);
            Assert.Equal(expected.Maxima, found.Maxima);
            Assert.Equal(expected.Histogram, found.Histogram);
            Assert.Equal(expected.LinearHistogram, found.LinearHistogram);
        }
    }

    [Fact]
    public void Sums_of_reconstructions_have_the_same_bits_on_any_number_of_threads()
    {
        ReconstructionSnapshot expected = Reconstructions(1);
        foreach (int threads in new[] { 2, 3 })
        {
            ReconstructionSnapshot found = Reconstructions(threads);
            Assert.Equal(expected.Sums, found.Sums);
            Assert.Equal(expected.Variation, found.Variation);
            Assert.Equal(expected.Shift, found.Shift);
            Assert.Equal(expected.Mean, found.Mean);
        }
    }

    [Fact]
    public void Sums_over_pairs_have_the_same_bits_on_any_number_of_threads()
    {
        PairSnapshot expected = Pairs(1);
        foreach (int threads in new[] { 2, 3 })
        {
            PairSnapshot found = Pairs(threads);
            Assert.Equal(expected.Products, found.Products);
            Assert.Equal(expected.Squares, found.Squares);
            Assert.Equal(expected.OtherSquares, found.OtherSquares);
        }
    }

    [Fact]
    public void A_digest_notices_one_bit() => Assert.NotEqual(
        Digest(ReferenceBackend.Create(), nameof(IComputeBackend.GradientNorm)),
        Digest(new FaultyBackend(ReferenceBackend.Create(), "Norm", 0, 0), nameof(IComputeBackend.GradientNorm)));

    private static string Digest(IComputeBackend inner, string operation)
    {
        using RecordingBackend backend = new(inner);
        int cases = KernelVerification.RunOperation(backend, operation, VerificationScale.Small).Count();
        Assert.True(cases >= 10);
        return backend.TakeDigest();
    }

    private static ReconstructionSnapshot Reconstructions(int threads)
    {
        const int Batch = 37;
        const int Width = 300;
        using CpuBackend backend = new(threads);
        using ReconstructionStatistics statistics = backend.CreateReconstructionStatistics(Width);
        for (int batch = 0; batch < 2; batch++)
        {
            double[] numbers = [.. Enumerable.Range(0, 2 * Batch * Width).Select(i => Math.Sin(i + batch))];
            backend.AccumulateReconstruction(new AccumulateReconstructionArguments
            {
                Targets = backend.PlaceMatrix("Targets", Batch, Width, numbers[..(Batch * Width)]),
                Reconstruction = backend.PlaceMatrix("Reconstruction", Batch, Width, numbers[(Batch * Width)..]),
                Statistics = statistics,
            });
        }

        return statistics.Read();
    }

    private static PairSnapshot Pairs(int threads)
    {
        const int Latents = 100;
        using CpuBackend backend = new(threads);
        using SparseCodes codes = backend.PlaceCodes(
        [
            .. Enumerable.Range(0, 200).Select(
                row => new[] { (row % 3, 1.0 / (row + 1)), (3 + (row % (Latents - 3)), 0.1) }),
        ]);
        using PairStatistics statistics = backend.CreatePairStatistics(new PairLayout(Latents, 0, Latents, Latents));
        backend.AccumulatePairs(new AccumulatePairsArguments
        {
            Rows = 200,
            Codes = codes,
            OtherCodes = codes,
            Statistics = statistics,
        });
        return statistics.Read(0, Latents);
    }

    private static LatentStatisticsSnapshot Statistics(int threads)
    {
        using CpuBackend backend = new(threads);
        const int Latents = 1000;
        using SparseCodes codes = backend.PlaceCodes(
        [
            .. Enumerable.Range(0, 200).Select(
                row => new[] { (row % 3, 1.0 / (row + 1)), (3 + (31 * row % (Latents - 3)), Math.Sqrt(row)) }),
        ]);
        using LatentStatistics statistics = backend.CreateLatentStatistics(new LatentStatisticsLayout
        {
            Latents = Latents,
            LinearBins = 9,
            LinearUpper = [.. Enumerable.Repeat(10f, Latents)],
        });
        backend.AccumulateLatents(
            new AccumulateLatentsArguments { Rows = 200, Codes = codes, Statistics = statistics });
        return statistics.Read();
    }
}
