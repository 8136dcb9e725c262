using SaeKernels.Abstractions;
using SaeKernels.Metrics;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Tests.Metrics;

public sealed class PooledHistogramTests
{
    // 100 rows of 64 latents, 3 of them active with every hundredth of the range in turn.
    private const int Rows = 100;
    private const int Latents = 64;
    private const int Active = 3;

    [Fact]
    public void A_spike_of_zeros_and_an_even_slab_hold_what_the_formula_says()
    {
        PooledHistogram histogram = SpikeAndSlab(scale: 1).WithZerosOf(Rows, Latents);

        double other = Active / (100.0 * Latents);
        double first = 1 - (99 * other);
        double expected = -(first * Math.Log2(first)) - (99 * other * Math.Log2(other));
        Assert.Equal(expected, histogram.Entropy, 1e-12);
        Assert.InRange(histogram.Entropy, 0.57757, 0.57957);
        Assert.InRange(histogram.TotalBits / (Rows * Latents * histogram.Entropy), 1 - 1e-9, 1 + 1e-9);
    }

    [Fact]
    public void Entries_and_edges_that_grow_alike_leave_entropy_as_it_is() => Assert.Equal(
        SpikeAndSlab(scale: 1).WithZerosOf(Rows, Latents).Entropy,
        SpikeAndSlab(scale: 8).WithZerosOf(Rows, Latents).Entropy);

    [Fact]
    public void Stored_zeros_count_once()
    {
        PooledHistogram histogram = new PooledHistogram(-1, 1, [0, 2, 0, 0, 0]).WithZerosOf(1, 8);

        Assert.Equal([0L, 8], histogram.Counts);
        Assert.Equal(0, histogram.Entropy);
    }

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(0, 1, 0)]
    [InlineData(0, 0, 1)]
    public void An_entry_in_no_bin_makes_figures_NaN(long below, long above, long notNumbers)
    {
        PooledHistogram histogram = new(0, 1, [5, 5, below, above, notNumbers]);

        Assert.True(double.IsNaN(histogram.Entropy));
        Assert.True(double.IsNaN(histogram.TotalBits));
        Assert.True(double.IsNaN(histogram.WithZerosOf(4, 4).Entropy));
        Assert.Equal(1, histogram.Outside + histogram.NotNumbers);
    }

    [Fact]
    public void Matrices_counted_apart_join_in_any_order()
    {
        PooledHistogram[] parts =
        [
            new(-1, 1, [1, 2, 3, 0, 0, 1]), new(-1, 1, [0, 5, 0, 2, 0, 0]), new(-1, 1, [0, 0, 0, 0, 0, 0]),
            new(-1, 1, [7, 0, 1, 0, 3, 0]),
        ];
        foreach (int[] order in (int[][])[[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]])
        {
            PooledHistogram joined = order.Select(place => parts[place]).Aggregate((left, right) => left.Merge(right));

            Assert.Equal([8L, 7, 4], joined.Counts);
            Assert.Equal((5, 1), (joined.Outside, joined.NotNumbers));
            Assert.Equal(new PooledHistogram(-1, 1, [8, 7, 4, 5, 0, 1]), joined);
            Assert.Equal(new PooledHistogram(-1, 1, [8, 7, 4, 5, 0, 1]).GetHashCode(), joined.GetHashCode());
        }

        Assert.NotEqual(parts[0], parts[1]);
        Assert.Equal(
            "PooledHistogram: both sides must have 3 bins from -1 to 1, but the other one has 3 from -1 to 2. Count "
            + "with the same edges.",
            Assert.Throws<ArgumentException>(
                () => parts[0].Merge(new PooledHistogram(-1, 2, [1, 2, 3, 0, 0, 1]))).Message);
        Assert.Throws<ArgumentException>(() => parts[0].Merge(new PooledHistogram(-1, 1, [1, 2, 0, 0, 1])));
    }

    [Fact]
    public void A_matrix_smaller_than_what_was_counted_is_refused() => Assert.Equal(
        "PooledHistogram: the matrix must have at least the 10 entries that were counted, but 2 × 4 is fewer. "
        + "Pass the shape of the same matrix.",
        Assert.Throws<ArgumentException>(() => new PooledHistogram(0, 1, [5, 5, 0, 0, 0]).WithZerosOf(2, 4)).Message);

    [Fact]
    public void Edges_without_zero_between_them_are_refused() => Assert.Equal(
        "PooledHistogram: 0 must lie between the edges, but they are 1 and 2. Count again with other edges.",
        Assert.Throws<ArgumentException>(() => new PooledHistogram(1, 2, [5, 5, 0, 0, 0]).WithZerosOf(20, 4)).Message);

    [Fact]
    public void Faulty_edges_are_refused() =>
        Assert.Throws<ArgumentException>(() => new PooledHistogram(1, 1, [5, 5, 0, 0, 0]));

    private static PooledHistogram SpikeAndSlab(int scale)
    {
        using ReferenceBackend<float> backend = ReferenceBackend.Create();
        double[] values = [.. Enumerable.Range(0, Rows * Active).Select(i => scale * ((i % 100) + 0.5) / 128)];
        float high = scale * 100 / 128f;
        using RealBuffer buffer = backend.Place("Values", values);
        using LongBuffer counts = backend.AllocateLong("Counts", 103);
        backend.AccumulateHistogram(new AccumulateHistogramArguments
        {
            Values = buffer,
            Count = values.Length,
            Low = 0,
            High = high,
            Bins = 100,
            Counts = counts,
        });
        return new PooledHistogram(0, high, counts.ToArray());
    }
}
