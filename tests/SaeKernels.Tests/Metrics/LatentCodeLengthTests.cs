using SaeKernels.Abstractions;
using SaeKernels.Metrics;

namespace SaeKernels.Tests.Metrics;

public sealed class LatentCodeLengthTests
{
    [Fact]
    public void A_latent_that_is_active_on_every_second_vector_with_one_value_takes_a_bit() =>
        Assert.Equal(1, new LatentCodeLength(Snapshot(8, [4], [0, 4, 0, 0])).BitsPerVector);

    [Fact]
    public void Values_spread_over_eight_bins_take_three_bits_more_where_the_latent_is_active() =>
        Assert.Equal(1 + (0.5 * 3), new LatentCodeLength(Snapshot(32, [16], [2, 2, 2, 2, 2, 2, 2, 2])).BitsPerVector);

    [Fact]
    public void Latents_that_are_silent_or_always_the_same_take_nothing()
    {
        LatentCodeLength length = new(Snapshot(8, [0, 8], [0, 0, 8, 0]));

        Assert.Equal([0, 0], length.BitsOfLatents);
    }

    [Fact]
    public void Many_rare_latents_take_what_the_literature_says()
    {
        // 25,000 latents, 65 of them active on a vector, one value each: 651.8 bits.
        const int Latents = 25_000;
        long[] counts = [.. Enumerable.Repeat(65L, Latents)];

        Assert.Equal(651.8, new LatentCodeLength(Snapshot(Latents, counts, counts)).BitsPerVector, 0.05);
    }

    [Fact]
    public void No_vectors_are_NaN() =>
        Assert.True(double.IsNaN(new LatentCodeLength(Snapshot(0, [0], [0, 0])).BitsPerVector));

    [Fact]
    public void Statistics_without_linear_bins_are_refused() => Assert.Equal(
        "LatentCodeLength: the statistics must have linear bins, but have none. "
        + "Set LatentStatisticsLayout.LinearBins and LinearUpper.",
        Assert.Throws<ArgumentException>(() => new LatentCodeLength(Snapshot(1, [0], []))).Message);

    private static LatentStatisticsSnapshot Snapshot(long rows, long[] counts, long[] linearHistogram) => new()
    {
        Rows = rows,
        Counts = counts,
        Sums = [],
        SumsOfSquares = [],
        SumsOfCubes = [],
        SumsOfFourthPowers = [],
        Minima = [],
        Maxima = [],
        Histogram = [],
        LinearHistogram = linearHistogram,
    };
}
