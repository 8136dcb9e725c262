using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Statistics;

public sealed class AccumulateReconstructionTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Counts_are_exact_and_sums_within_their_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.AccumulateReconstruction));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Batches_add_up(string name) => TestBackends.Use(name, backend =>
    {
        using ReconstructionStatistics statistics = backend.CreateReconstructionStatistics(2);
        Add(backend, statistics, 2, [3, 4, 0, 0], [0, 2, 1, 0]);
        Add(backend, statistics, 2, [], []);
        Add(backend, statistics, 2, [-3, 8], [0, 0]);
        ReconstructionSnapshot found = statistics.Read();
        Assert.Equal(3, found.Sums.Vectors);
        Assert.Equal(2, found.Sums.NonZeroVectors);
        Assert.Equal(9 + 4 + 1 + 9 + 64, found.Sums.SquaredErrors);
        Assert.Equal(4 + 1, found.Sums.SquaredReconstructions);
        Assert.Equal(8, found.Sums.Products);
        Assert.Equal(8.0 / 10, found.Sums.Cosines);
        Assert.Equal(2.0 / 5, found.Sums.LengthRatios);
        // Means 0 and 4; every number on the way is a multiple of a power of two, or of a third.
        Assert.Equal(9 + 9 + 16 + 16, found.Variation.Value, 1e-12);
        Assert.Equal(0, found.Shift[0] + found.Mean[0], 1e-12);
        Assert.Equal(4, found.Shift[1] + found.Mean[1], 1e-12);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Some_columns_can_be_compared(string name) => TestBackends.Use(name, backend =>
    {
        using ReconstructionStatistics statistics = backend.CreateReconstructionStatistics(1);
        Add(backend, statistics, 3, [100, 2, 100, 100, 4, 100], [7, 1, 7, 7, 1, 7], firstColumn: 1);
        ReconstructionSnapshot found = statistics.Read();
        Assert.Equal(1 + 9, found.Sums.SquaredErrors);
        Assert.Equal(2, found.Variation.Value);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Equal_vectors_do_not_vary(string name) => TestBackends.Use(name, backend =>
    {
        double[] vectors = [.. Enumerable.Repeat((double)0.1f, 3 * 100)];
        using ReconstructionStatistics statistics = backend.CreateReconstructionStatistics(3);
        Add(backend, statistics, 3, vectors, vectors);
        Add(backend, statistics, 3, vectors[..9], vectors[..9]);
        Assert.Equal(0, statistics.Read().Variation.Value);
        Assert.Equal(0, statistics.Read().Sums.SquaredErrors);
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_mean_far_from_0_and_a_first_vector_far_from_the_mean_cost_no_digits(string name) =>
        TestBackends.Use(name, backend =>
        {
            // 2²⁰ + k/8 is exact in float32; squares around 0 would need 46 bits for these.
            double[] vectors = [.. Enumerable.Range(0, 1000).Select(i => (1 << 20) + (i * 37 % 101 / 8.0))];
            vectors[0] = 0;
            double mean = vectors.Average();
            double variation = vectors.Sum(value => (value - mean) * (value - mean));
            double rest = vectors[1..].Sum(value => Math.Pow(value - vectors[1..].Average(), 2));
            using ReconstructionStatistics all = backend.CreateReconstructionStatistics(1);
            using ReconstructionStatistics others = backend.CreateReconstructionStatistics(1);
            Add(backend, all, 1, vectors, vectors);
            Add(backend, others, 1, vectors[1..400], vectors[1..400]);
            Add(backend, others, 1, vectors[400..], vectors[400..]);
            // n · 2⁻⁴⁶, as the operation is verified.
            const double Margin = 1e3 / (1L << 46);
            Assert.Equal(1, all.Read().Variation.Value / variation, Margin);
            Assert.Equal(1, others.Read().Variation.Value / rest, Margin);
        });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void What_is_no_number_shows(string name) => TestBackends.Use(name, backend =>
    {
        foreach (double broken in new[] { double.NaN, double.PositiveInfinity })
        {
            using ReconstructionStatistics statistics = backend.CreateReconstructionStatistics(2);
            Add(backend, statistics, 2, [1, 2, broken, 4], [1, 2, 3, 4]);
            ReconstructionSnapshot found = statistics.Read();
            Assert.False(double.IsFinite(found.Sums.SquaredErrors));
            Assert.False(double.IsFinite(found.Sums.Products));
            Assert.False(double.IsFinite(found.Variation.Value));
            Assert.Equal(1 + 4 + 9 + 16, found.Sums.SquaredReconstructions);
        }
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using ReconstructionStatistics statistics = backend.CreateReconstructionStatistics(2);
        AccumulateReconstructionArguments good = new()
        {
            Targets = backend.PlaceMatrix("Targets", 1, 3, 1, 2, 3),
            Reconstruction = backend.PlaceMatrix("Reconstruction", 1, 3, 1, 2, 3),
            Statistics = statistics,
        };
        Conformance.Refuses(
            "AccumulateReconstruction: columns 2 to 3 must be inside 3. "
            + "Change FirstColumn, or the width of the statistics.",
            () => backend.AccumulateReconstruction(good with { FirstColumn = 2 }));
        Conformance.Refuses(
            "AccumulateReconstruction: columns -1 to 0 must be inside 3. "
            + "Change FirstColumn, or the width of the statistics.",
            () => backend.AccumulateReconstruction(good with { FirstColumn = -1 }));
        Conformance.Refuses(
            "AccumulateReconstruction: Reconstruction must be [1, 3], but is [1, 2]. Pass a matrix of that shape.",
            () => backend.AccumulateReconstruction(
                good with { Reconstruction = backend.PlaceMatrix("Other", 1, 2, 1, 2) }));
        Conformance.Refuses(
            "AccumulateReconstruction: Statistics must be given, but is missing. "
            + "Call CreateReconstructionStatistics first.",
            () => backend.AccumulateReconstruction(good with { Statistics = null! }));
        using ReconstructionStatistics foreign = new Foreign();
        Assert.StartsWith(
            "AccumulateReconstruction: Statistics must be made by ",
            Assert.Throws<ArgumentException>(
                () => backend.AccumulateReconstruction(good with { Statistics = foreign })).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => backend.CreateReconstructionStatistics(0));
    });

    private static void Add(
        IComputeBackend backend,
        ReconstructionStatistics statistics,
        int columns,
        double[] targets,
        double[] reconstructions,
        int firstColumn = 0) => backend.AccumulateReconstruction(new AccumulateReconstructionArguments
        {
            Targets = backend.PlaceMatrix("Targets", targets.Length / columns, columns, targets),
            Reconstruction = backend.PlaceMatrix("Reconstruction", targets.Length / columns, columns, reconstructions),
            FirstColumn = firstColumn,
            Statistics = statistics,
        });

    private sealed class Foreign() : ReconstructionStatistics(2)
    {
        public override ReconstructionSnapshot Read() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
