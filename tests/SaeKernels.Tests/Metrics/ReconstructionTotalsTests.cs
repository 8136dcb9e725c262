using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Testing;

namespace SaeKernels.Tests.Metrics;

public sealed class ReconstructionTotalsTests
{
    private const double UnitRoundoff = 1.0 / (1L << 53);

    private static readonly float[] Cross = [1, 0, 0, 1, -1, 0, 0, -1];

    [Fact]
    public void Halved_reconstructions_of_a_centred_cross_have_the_closed_form_figures()
    {
        ReconstructionFigures figures = Measure(2, Cross, [.. Cross.Select(value => value / 2)]);

        // Σ‖e‖² = 4 · ¼, Σ‖x − x̄‖² = 4, Σ‖x̂‖² = 1, Σ⟨x, x̂⟩ = 2; only the running mean rounds, four times.
        Assert.Equal(4, figures.Vectors);
        Assert.Equal(1.0 / 4, figures.Mse);
        Assert.InRange(Math.Abs(figures.Fvu - 0.25), 0, 32 * UnitRoundoff);
        Assert.Equal(1 - figures.Fvu, figures.ExplainedVariance);
        Assert.Equal(1, figures.Cosine);
        Assert.Equal(0.5, figures.L2Ratio);
        Assert.Equal(0.5, figures.RelativeReconstructionBias);
    }

    [Fact]
    public void The_mean_alone_explains_no_variance()
    {
        float[] activations = [1, 10, 3, 30, 5, 50, 7, 60];
        float[] mean = [4, 37.5f, 4, 37.5f, 4, 37.5f, 4, 37.5f];

        Assert.InRange(Math.Abs(Measure(2, activations, mean).Fvu - 1), 0, 64 * UnitRoundoff);
    }

    [Fact]
    public void A_constant_error_is_not_forgiven()
    {
        float[] shifted = [.. Cross.Select(value => value + 1)];

        Assert.InRange(Math.Abs(Measure(2, Cross, shifted).Fvu - 2), 0, 64 * UnitRoundoff);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(17)]
    [InlineData(128)]
    public void Random_data_agrees_with_two_passes_over_all_of_it(int dIn)
    {
        const int Rows = 200;
        float[] x = Draw(1, Rows * dIn);
        float[] y = Draw(2, Rows * dIn);

        ReconstructionFigures figures = Measure(dIn, x, y);

        // All numbers are positive: a sum is within its number of operations · u, fewer than 16 a term.
        double bound = 16.0 * Rows * dIn * UnitRoundoff;
        double squaredError = x.Zip(y, (a, b) => Square((double)a - b)).Sum();
        double variation = Enumerable.Range(0, dIn)
            .Sum(d => Variation(x.Where((_, i) => i % dIn == d).Select(v => (double)v)));
        AssertClose(squaredError / Rows, figures.Mse, bound);
        AssertClose(squaredError / variation, figures.Fvu, bound);
        double product = x.Zip(y, (a, b) => (double)a * b).Sum();
        AssertClose(y.Sum(b => Square(b)) / product, figures.RelativeReconstructionBias, bound);
        AssertClose(RowMean(dIn, x, y, (xx, yy, xy) => xy / Math.Sqrt(xx * yy)), figures.Cosine, bound);
        AssertClose(RowMean(dIn, x, y, (xx, yy, xy) => Math.Sqrt(yy / xx)), figures.L2Ratio, bound);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void Splitting_the_data_into_other_batches_gives_the_same_bits(int rowsPerBatch)
    {
        const int DIn = 19;
        float[] x = Draw(3, 100 * DIn);
        float[] y = Draw(4, 100 * DIn);

        Assert.Equal(Measure(DIn, x, y), ReconstructionFigures.Of(Sum(DIn, x, y, rowsPerBatch)));
    }

    [Fact]
    public void Order_and_merging_change_rounding_only()
    {
        const int DIn = 5;
        const int Rows = 90;
        float[] x = Draw(5, Rows * DIn);
        float[] y = Draw(6, Rows * DIn);
        ReconstructionSnapshot[] parts =
        [
            .. new[] { 60..Rows, 0..25, 25..60 }.Select(range => Sum(
                DIn,
                x[(range.Start.Value * DIn)..(range.End.Value * DIn)],
                y[(range.Start.Value * DIn)..(range.End.Value * DIn)])),
        ];

        AssertSameWithin(
            Measure(DIn, x, y),
            ReconstructionFigures.Of(parts.Aggregate(ReconstructionTotals.Merge)),
            32.0 * Rows * DIn * UnitRoundoff);
    }

    [Fact]
    public void Merging_with_nothing_changes_nothing()
    {
        ReconstructionSnapshot cross = Sum(2, Cross, Cross);
        ReconstructionSnapshot empty = Sum(2, [], []);

        Assert.Equal(
            ReconstructionFigures.Of(cross), ReconstructionFigures.Of(ReconstructionTotals.Merge(cross, empty)));
        Assert.Equal(
            ReconstructionFigures.Of(cross), ReconstructionFigures.Of(ReconstructionTotals.Merge(empty, cross)));
    }

    [Fact]
    public void A_huge_mean_costs_no_digits()
    {
        // x = 2²⁰ + k/8 is exact in float32; squares around 2⁴⁰ would leave few digits for a variance below 1.
        const int Rows = 1000;
        float[] x = [.. Draw(7, Rows).Select(value => (1 << 20) + (MathF.Floor(value * 8) / 8))];
        float[] y = [.. x.Select(value => value + 0.125f)];
        double expected = Rows / 64.0 / Variation(x.Select(value => (double)value - (1 << 20)));

        AssertClose(expected, Measure(1, x, y).Fvu, 16.0 * Rows * UnitRoundoff);
    }

    [Fact]
    public void Constant_data_has_no_fraction_of_variance()
    {
        ReconstructionFigures figures = Measure(2, [3, 4, 3, 4, 3, 4], [3, 4, 3, 4, 0, 0]);

        Assert.True(double.IsNaN(figures.Fvu));
        Assert.True(double.IsNaN(figures.ExplainedVariance));
        Assert.Equal(25.0 / 3, figures.Mse);
    }

    [Fact]
    public void Zero_vectors_have_no_direction_and_zero_reconstructions_have_cosine_0()
    {
        ReconstructionFigures figures = Measure(2, [0, 0, 3, 4, 6, 8], [1, 1, 3, 4, 0, 0]);

        Assert.Equal(0.5, figures.Cosine);
        Assert.Equal(0.5, figures.L2Ratio);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_NaN_shows_in_every_figure(bool inActivations)
    {
        float[] broken = [.. Cross];
        broken[5] = float.NaN;

        AssertAllNaN(inActivations ? Measure(2, broken, Cross) : Measure(2, Cross, broken));
    }

    [Fact]
    public void Nothing_seen_is_NaN_everywhere() => AssertAllNaN(Measure(3, [], []));

    [Fact]
    public void Parts_of_other_width_do_not_merge() => Assert.Equal(
        "ReconstructionTotals: vectors must be 2 wide on both sides, but the other one's are 4 wide. "
        + "Merge parts of the same width.",
        Assert.Throws<ArgumentException>(
            () => ReconstructionTotals.Merge(Sum(2, Cross, Cross), Sum(4, Cross, Cross))).Message);

    private static ReconstructionFigures Measure(int dIn, float[] x, float[] y) =>
        ReconstructionFigures.Of(Sum(dIn, x, y));

    private static ReconstructionSnapshot Sum(int dIn, float[] x, float[] y, int rowsPerBatch = int.MaxValue)
    {
        using CpuBackend backend = new();
        using ReconstructionStatistics statistics = backend.CreateReconstructionStatistics(dIn);
        int rows = x.Length / dIn;
        for (int row = 0; row < rows; row += Math.Min(rowsPerBatch, rows - row))
        {
            int count = Math.Min(rowsPerBatch, rows - row);
            Range part = (row * dIn)..((row + count) * dIn);
            using RealBuffer targets = backend.Place("Targets", x[part]);
            using RealBuffer reconstruction = backend.Place("Reconstruction", y[part]);
            backend.AccumulateReconstruction(new AccumulateReconstructionArguments
            {
                Targets = new RealMatrix(targets, count, dIn),
                Reconstruction = new RealMatrix(reconstruction, count, dIn),
                Statistics = statistics,
            });
        }

        return statistics.Read();
    }

    private static float[] Draw(ulong seed, int count)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = random.NextSingle();
        }

        return values;
    }

    private static double Square(double value) => value * value;

    private static double Variation(IEnumerable<double> values)
    {
        double[] all = [.. values];
        double mean = all.Average();
        return all.Sum(value => Square(value - mean));
    }

    private static double RowMean(int dIn, float[] x, float[] y, Func<double, double, double, double> figure) =>
        x.Chunk(dIn).Zip(y.Chunk(dIn), (a, b) => figure(
            a.Sum(v => Square(v)), b.Sum(v => Square(v)), a.Zip(b, (v, w) => (double)v * w).Sum())).Average();

    private static void AssertSameWithin(ReconstructionFigures expected, ReconstructionFigures actual, double bound)
    {
        Assert.Equal(expected.Vectors, actual.Vectors);
        foreach ((double left, double right) in Values(expected).Zip(Values(actual)))
        {
            AssertClose(left, right, bound);
        }
    }

    private static void AssertClose(double expected, double actual, double relativeBound) =>
        Assert.InRange(Math.Abs(actual - expected), 0, relativeBound * Math.Abs(expected));

    private static void AssertAllNaN(ReconstructionFigures figures) =>
        Assert.All(Values(figures).Append(figures.ExplainedVariance), value => Assert.True(double.IsNaN(value)));

    private static double[] Values(ReconstructionFigures figures) =>
        [figures.Mse, figures.Fvu, figures.Cosine, figures.L2Ratio, figures.RelativeReconstructionBias];
}
