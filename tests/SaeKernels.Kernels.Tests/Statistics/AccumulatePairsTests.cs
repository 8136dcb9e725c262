using SaeKernels.Abstractions;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Statistics;

public sealed class AccumulatePairsTests
{
    private static readonly (int Latent, double Value)[][] First =
        [[(0, 2), (1, 3)], [(2, 5)], [(0, 0), (2, 1)], [(1, 4)]];

    private static readonly (int Latent, double Value)[][] Other =
        [[(0, 7), (1, 0.5)], [], [(0, 11), (1, 2)], [(1, 0)]];

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Sums_are_within_their_bounds(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.AccumulatePairs));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Sums_are_over_the_rows_where_both_are_active(string name) => TestBackends.Use(name, backend =>
    {
        using PairStatistics statistics = backend.CreatePairStatistics(new PairLayout(3, 0, 3, 2));
        Add(backend, statistics);
        PairSnapshot found = statistics.Read(0, 3);
        Assert.Equal<double[]>([[14, 1], [21, 1.5], [11, 2]], found.Products);
        Assert.Equal<double[]>([[4, 4], [9, 9], [1, 1]], found.Squares);
        Assert.Equal<double[]>([[49, 0.25], [49, 0.25], [121, 4]], found.OtherSquares);

        Add(backend, statistics);
        PairSnapshot twice = new(3, 2);
        twice.Add(found);
        twice.Add(found);
        Assert.Equal<double[]>(twice.Products, statistics.Read(0, 3).Products);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Some_latents_have_the_sums_that_they_have_among_all(string name) => TestBackends.Use(name, backend =>
    {
        using PairStatistics statistics = backend.CreatePairStatistics(new PairLayout(3, 1, 2, 2));
        Add(backend, statistics);
        Assert.Equal<double[]>([[21, 1.5], [11, 2]], statistics.Read(0, 2).Products);
        Assert.Equal<double[]>([[1, 1]], statistics.Read(1, 1).Squares);
        Assert.Empty(statistics.Read(2, 0).Squares);
        Assert.Throws<ArgumentOutOfRangeException>(() => statistics.Read(1, 2));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_number_that_is_none_stays_with_its_pairs(string name) => TestBackends.Use(name, backend =>
    {
        using PairStatistics statistics = backend.CreatePairStatistics(new PairLayout(3, 0, 3, 2));
        backend.AccumulatePairs(new AccumulatePairsArguments
        {
            Rows = 1,
            Codes = backend.PlaceCodes([[(0, double.NaN), (1, 2)]]),
            OtherCodes = backend.PlaceCodes([[(1, 3)]]),
            Statistics = statistics,
        });
        PairSnapshot found = statistics.Read(0, 3);
        Assert.Equal<double[]>([[0, double.NaN], [0, 6], [0, 0]], found.Products);
        Assert.Equal(9, found.OtherSquares[0][1]);
    });

    [Theory]
    [InlineData(3, 0, 4, 2)]
    [InlineData(3, 2, 2, 2)]
    [InlineData(3, -1, 2, 2)]
    [InlineData(3, 0, 0, 2)]
    [InlineData(3, 0, 3, 0)]
    public void Pairs_that_are_not_there_are_refused(int latents, int from, int count, int others)
    {
        using ReferenceBackend<float> backend = ReferenceBackend.Create();
        Assert.Throws<ArgumentOutOfRangeException>(
            () => backend.CreatePairStatistics(new PairLayout(latents, from, count, others)));
    }

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using PairStatistics statistics = backend.CreatePairStatistics(new PairLayout(3, 0, 3, 2));
        using PairStatistics foreign = new Foreign();
        Assert.StartsWith(
            "AccumulatePairs: Statistics must be made by ",
            Assert.Throws<ArgumentException>(() => Add(backend, foreign)).Message,
            StringComparison.Ordinal);
        Conformance.Refuses(
            "AccumulatePairs: Statistics must be given, but is missing. Call CreatePairStatistics first.",
            () => Add(backend, null!));
        Conformance.Refuses(
            "AccumulatePairs: OtherCodes must hold at least 5 elements, but holds 2. Allocate a larger buffer.",
            () => backend.AccumulatePairs(new AccumulatePairsArguments
            {
                Rows = First.Length,
                Codes = backend.PlaceCodes(First),
                OtherCodes = backend.PlaceCodes([[(0, 1)]]),
                Statistics = statistics,
            }));
    });

    private static void Add(IComputeBackend backend, PairStatistics statistics) =>
        backend.AccumulatePairs(new AccumulatePairsArguments
        {
            Rows = First.Length,
            Codes = backend.PlaceCodes(First),
            OtherCodes = backend.PlaceCodes(Other),
            Statistics = statistics,
        });

    private sealed class Foreign() : PairStatistics(new PairLayout(3, 0, 3, 2))
    {
        protected override void ReadTo(PairSnapshot snapshot, int first) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
