using SaeKernels.Abstractions;
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
    public void Statistics_give_their_memory_back(string name) => TestBackends.Use(name, backend =>
    {
        long before = backend.AllocatedBytes;
        LatentStatistics statistics = backend.CreateLatentStatistics(16);
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
}
