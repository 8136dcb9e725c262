using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

public sealed class HistogramEntropyTests
{
    [Fact]
    public void A_hundred_bins_filled_alike_hold_log2_of_a_hundred()
    {
        long[] counts = [.. Enumerable.Repeat(7L, 100)];

        Assert.Equal(6.643856, HistogramEntropy.Of(counts), 6);
        Assert.Equal(Math.Log2(100), HistogramEntropy.Of(counts), 1e-14);
    }

    [Fact]
    public void Entries_that_are_all_alike_hold_nothing()
    {
        Assert.Equal(0, HistogramEntropy.Of([0, 12_345, 0]));
        Assert.Equal(0, HistogramEntropy.SurprisalOf([0, 12_345, 0]));
    }

    [Fact]
    public void Halves_quarters_and_eighths_have_whole_surprisals()
    {
        Assert.Equal(1.75, HistogramEntropy.Of([4, 2, 0, 1, 1]));
        Assert.Equal(14, HistogramEntropy.SurprisalOf([4, 2, 0, 1, 1]));
    }

    [Fact]
    public void Total_surprisal_is_entries_times_entropy()
    {
        RandomSequence random = new(3, RandomPurpose.General);
        long[] counts = new long[1000];
        for (int bin = 0; bin < counts.Length; bin++)
        {
            counts[bin] = random.NextInt64(1L << (int)random.NextInt64(40));
        }

        double expected = counts.Sum() * HistogramEntropy.Of(counts);
        Assert.InRange(HistogramEntropy.SurprisalOf(counts) / expected, 1 - 1e-9, 1 + 1e-9);
    }

    [Fact]
    public void Counts_that_grow_alike_leave_entropy_as_it_is() => Assert.Equal(
        HistogramEntropy.Of([3, 5, 9, 0, 1]), HistogramEntropy.Of([3L << 40, 5L << 40, 9L << 40, 0, 1L << 40]), 1e-12);

    [Fact]
    public void Nothing_counted_is_NaN_an_entry_and_0_in_all()
    {
        Assert.True(double.IsNaN(HistogramEntropy.Of([0, 0])));
        Assert.Equal(0, HistogramEntropy.SurprisalOf([]));
    }

    [Fact]
    public void Negative_counts_are_refused() => Assert.Equal(
        "HistogramEntropy: counts must not be negative, but counts[1] is -1. "
        + "Pass counts as a backend accumulated them.",
        Assert.Throws<ArgumentException>(() => HistogramEntropy.Of([1, -1])).Message);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.5, 1)]
    [InlineData(1, 0)]
    [InlineData(0.11002786443835955, 0.5)]
    public void A_choice_holds_at_most_one_bit(double probability, double bits) =>
        Assert.Equal(bits, HistogramEntropy.OfChoice(probability), 1e-12);
}
