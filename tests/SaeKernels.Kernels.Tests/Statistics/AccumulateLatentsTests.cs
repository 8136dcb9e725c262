using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Numerics;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Statistics;

public sealed class AccumulateLatentsTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Counts_are_exact_and_sums_within_their_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.AccumulateLatents));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Batches_add_up(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 2), (1, 0)], [(0, 0.5)], []);
        using LatentStatistics statistics = backend.CreateLatentStatistics(2);
        AccumulateLatentsArguments arguments = new() { Rows = 3, Codes = codes, Statistics = statistics };
        backend.AccumulateLatents(arguments);
        backend.AccumulateLatents(arguments with { Rows = 1 });
        LatentStatisticsSnapshot found = statistics.Read();
        Assert.Equal(4, found.Rows);
        Assert.Equal([3L, 0L], found.Counts);
        Assert.Equal([4.5, 0], found.Sums);
        Assert.Equal([8.25, 0], found.SumsOfSquares);
        Assert.Equal([16.125, 0], found.SumsOfCubes);
        Assert.Equal([32.0625, 0], found.SumsOfFourthPowers);
        Assert.Empty(found.LinearHistogram);
        Assert.Equal([0.5f, float.PositiveInfinity], found.Minima);
        Assert.Equal([2f, 0f], found.Maxima);
        Assert.Equal(2, found.Histogram[LogBins.IndexOf(2)]);
        Assert.Equal(1, found.Histogram[LogBins.IndexOf(0.5f)]);
        Assert.Equal(3, found.Histogram.Sum());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Many_small_activations_do_not_drown_in_a_large_sum(string name) => TestBackends.Use(name, backend =>
    {
        // In plain float32, 2²⁴ + 1 is 2²⁴: the ones would all be lost.
        using SparseCodes codes = backend.PlaceCodes([(0, 1 << 24)], [(0, 1)], [(0, 1)], [(0, 1)]);
        using LatentStatistics statistics = backend.CreateLatentStatistics(1);
        backend.AccumulateLatents(new AccumulateLatentsArguments { Rows = 4, Codes = codes, Statistics = statistics });
        Assert.Equal([(1 << 24) + 3.0], statistics.Read().Sums);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Linear_bins_end_at_each_latents_own_edge(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes(
            [(0, 0.25), (2, 0.24)], [(0, 1), (2, 0.25)], [(0, 0.9), (2, 0)], [(0, 5)], [(0, double.NaN)]);
        using LatentStatistics statistics = backend.CreateLatentStatistics(
            new LatentStatisticsLayout { Latents = 3, LinearBins = 4, LinearUpper = [1, 7, 0.5f] });
        backend.AccumulateLatents(new AccumulateLatentsArguments { Rows = 5, Codes = codes, Statistics = statistics });
        Assert.Equal([0L, 1, 0, 4, 0, 0, 0, 0, 0, 1, 1, 0], statistics.Read().LinearHistogram);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Powers_of_many_activations_agree_with_float64(string name) => TestBackends.Use(name, backend =>
    {
        // Five orders of magnitude: the fourth powers span twenty.
        const int Rows = 300;
        double[] values = [.. Enumerable.Range(0, Rows).Select(row => (double)(float)Math.Exp((row % 97 / 8.0) - 6))];
        using SparseCodes codes = backend.PlaceCodes([.. values.Select(value => new[] { (0, value) })]);
        using LatentStatistics statistics = backend.CreateLatentStatistics(1);
        backend.AccumulateLatents(
            new AccumulateLatentsArguments { Rows = Rows, Codes = codes, Statistics = statistics });
        LatentStatisticsSnapshot found = statistics.Read();
        double bound = Math.Pow(2, -45) * (Rows + 1);
        Assert.InRange(found.Sums[0] / values.Sum(), 1 - bound, 1 + bound);
        Assert.InRange(found.SumsOfSquares[0] / values.Sum(v => v * v), 1 - bound, 1 + bound);
        Assert.InRange(found.SumsOfCubes[0] / values.Sum(v => v * v * v), 1 - bound, 1 + bound);
        Assert.InRange(found.SumsOfFourthPowers[0] / values.Sum(v => v * v * v * v), 1 - bound, 1 + bound);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Statistics_give_their_memory_back(string name) => TestBackends.Use(name, backend =>
    {
        long before = backend.AllocatedBytes;
        LatentStatistics statistics = backend.CreateLatentStatistics(
            new LatentStatisticsLayout { Latents = 2, LinearBins = 2, LinearUpper = [1, 2] });
        Assert.True(backend.AllocatedBytes > before);
        statistics.Dispose();
        Assert.Equal(before, backend.AllocatedBytes);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Too_many_rows_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 1)]);
        using LatentStatistics statistics = backend.CreateLatentStatistics(1);
        AccumulateLatentsArguments arguments = new() { Rows = 2, Codes = codes, Statistics = statistics };
        Conformance.Refuses(
            "AccumulateLatents: Codes must hold at least 3 elements, but holds 2. Allocate a larger buffer.",
            () => backend.AccumulateLatents(arguments));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Faulty_layouts_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        LatentStatisticsLayout good = new() { Latents = 2, LinearBins = 4, LinearUpper = [1, 2] };
        Conformance.Refuses(
            "LatentStatisticsLayout: Latents must be between 1 and 16777215 with 4 linear bins, but is 0. "
            + "Change Latents or LinearBins.",
            () => backend.CreateLatentStatistics(good with { Latents = 0 }));
        Conformance.Refuses(
            "LatentStatisticsLayout: LinearBins must be between 0 and 4096, but is 4097. Change LinearBins.",
            () => backend.CreateLatentStatistics(good with { LinearBins = 4097 }));
        Conformance.Refuses(
            "LatentStatisticsLayout: LinearUpper must hold 2 edges, but is missing. Give one edge a latent.",
            () => backend.CreateLatentStatistics(good with { LinearUpper = null }));
        Conformance.Refuses(
            "LatentStatisticsLayout: LinearUpper[1] must be above 0 and finite, and so must LinearBins divided by it, "
            + "but is 0. Change the edge; a latent that is never active may have any.",
            () => backend.CreateLatentStatistics(good with { LinearUpper = [1, 0] }));
    });

    [Fact]
    public void The_processor_accumulates_without_managed_memory()
    {
        using CpuBackend backend = new(2);
        using SparseCodes codes = backend.PlaceCodes([(0, 1), (1, 2)], [(1, 3)]);
        using LatentStatistics statistics = backend.CreateLatentStatistics(2);
        AccumulateLatentsArguments arguments = new() { Rows = 2, Codes = codes, Statistics = statistics };
        // The first call finds out how much scratch memory it takes, the second puts it into one block.
        backend.AccumulateLatents(arguments);
        backend.AccumulateLatents(arguments);

        Assert.Equal(0, ManagedMemory.OfHalfTheCalls(() => backend.AccumulateLatents(arguments)));
        Assert.Equal([10L, 20L], statistics.Read().Counts);
    }
}
