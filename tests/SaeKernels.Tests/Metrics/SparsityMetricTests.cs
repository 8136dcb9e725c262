using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Tests.Metrics;

public sealed class SparsityMetricTests
{
    [Fact]
    public void Figures_are_quotients_of_the_counts()
    {
        SparsityMetric metric = new(Snapshot(8, [8, 4, 0, 0], [16, 2, 0, 0]));

        Assert.Equal(8, metric.Vectors);
        Assert.Equal(12.0 / 8, metric.L0);
        Assert.Equal(18.0 / 8, metric.L1);
        Assert.Equal(0.5, metric.AliveFraction);
        Assert.Equal(0.5, metric.SilentFraction);
        Assert.Equal([1, 0.5, 0, 0], metric.Density);
    }

    [Fact]
    public void Nothing_seen_is_NaN_everywhere()
    {
        SparsityMetric metric = new(Snapshot(0, [0, 0], [0, 0]));

        Assert.All(
            [metric.L0, metric.L1, metric.AliveFraction, metric.SilentFraction, .. metric.Density],
            value => Assert.True(double.IsNaN(value)));
    }

    [Fact]
    public void A_NaN_activation_shows_in_L1() =>
        Assert.True(double.IsNaN(new SparsityMetric(Snapshot(2, [1, 1], [double.NaN, 1])).L1));

    private static LatentStatisticsSnapshot Snapshot(long rows, long[] counts, double[] sums) => new()
    {
        Rows = rows,
        Counts = counts,
        Sums = sums,
        SumsOfSquares = sums,
        SumsOfCubes = sums,
        SumsOfFourthPowers = sums,
        Minima = new float[counts.Length],
        Maxima = new float[counts.Length],
        Histogram = [],
        LinearHistogram = [],
    };
}
