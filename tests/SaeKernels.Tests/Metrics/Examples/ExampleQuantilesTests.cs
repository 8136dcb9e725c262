using SaeKernels.Metrics;

namespace SaeKernels.Tests.Metrics;

/// <summary>E19 of the acceptance checks: value intervals, rank deciles, and samples of both.</summary>
public class ExampleQuantilesTests
{
    private const int Latents = 4;

    [Fact]
    public void Interval_counts_sum_to_the_active_rows_and_edges_meet()
    {
        CodeStream stream = CodeStream.Random(21, 3000, Latents);
        float[] maxima = [50, 50, 50, 50];
        ValueIntervals intervals = stream.Feed(new ValueIntervals(maxima, 11, 5));
        QuantileBins all = stream.Feed(new QuantileBins(Latents));
        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(all.CountOf(latent), Enumerable.Range(0, 11).Sum(i => intervals.CountOf(latent, i)));
            Assert.Equal((0, 50 / 11.0), intervals.EdgesOf(latent, 0));
            Assert.Equal(50, intervals.EdgesOf(latent, 10).High);
            for (int interval = 0; interval < 11; interval++)
            {
                (double low, double high) = intervals.EdgesOf(latent, interval);
                Assert.All(
                    intervals.Of(latent, interval),
                    example => Assert.InRange(example.Activation, low, interval == 10 ? 50 : high));
            }
        }
    }

    [Fact]
    public void Deciles_have_equal_sizes_within_one_and_begin_with_the_strongest()
    {
        TopExample[] examples = [.. Enumerable.Range(0, 103).Select(row => new TopExample(row, row % 17))];
        IReadOnlyList<IReadOnlyList<TopExample>> deciles = RankDeciles.Of(examples);

        Assert.Equal(10, deciles.Count);
        Assert.All(deciles, decile => Assert.InRange(decile.Count, 10, 11));
        Assert.Equal(examples.OrderByDescending(e => e.Activation).ThenBy(e => e.Row), deciles.SelectMany(d => d));
        Assert.Equal(new TopExample(16, 16), deciles[0][0]);
    }

    [Fact]
    public void Few_examples_leave_some_deciles_empty()
    {
        IReadOnlyList<IReadOnlyList<TopExample>> deciles = RankDeciles.Of([new(1, 1), new(2, 2), new(3, 3)]);

        Assert.Equal(3, deciles.Sum(decile => decile.Count));
        Assert.All(deciles, decile => Assert.InRange(decile.Count, 0, 1));
    }

    [Fact]
    public void A_latent_that_was_rarely_active_is_sampled_in_full()
    {
        CodeStream stream = CodeStream.OfValues([3, 0, 4, 5]);

        Assert.Equal(
            [new(0, 3), new(2, 4), new(3, 5)], stream.Feed(new SampledExamples(1, count: 3)).Of(0));
    }

    // Each seed draws another uniform sample, so over many seeds each of n rows is drawn equally often. With 20 of 100
    // rows drawn 500 times, a row's count has mean 100 and variance 80 and is not independent of the others'; the sum
    // of (count − 100)² / (500 · 0.2 · 0.8) · 99 / 100 is χ² with 99 degrees: below 149 with probability .999.
    [Fact]
    public void Every_row_is_sampled_equally_often()
    {
        CodeStream stream = CodeStream.OfValues(Enumerable.Range(0, 100).Select(_ => 1f));
        int[] drawn = new int[100];
        for (ulong seed = 0; seed < 500; seed++)
        {
            foreach (TopExample example in stream.Feed(new ValueIntervals([1], 1, 20, seed)).Of(0, 0))
            {
                drawn[example.Row]++;
            }
        }

        Assert.Equal(500 * 20, drawn.Sum());
        Assert.InRange(drawn.Sum(count => Math.Pow(count - 100, 2)) / 80 * 99 / 100, 0, 149);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Chunks_and_shards_choose_the_same_examples(int chunk)
    {
        const int Rows = 2500;
        CodeStream stream = CodeStream.Random(22, Rows, Latents);
        float[] maxima = [50, 50, 50, 50];
        SampledExamples sample = stream.Feed(new SampledExamples(Latents, 32));
        ValueIntervals intervals = stream.Feed(new ValueIntervals(maxima, 10, 5));
        TopExamples top = stream.Feed(new TopExamples(Latents, 20, window: 9));

        SampledExamples otherSample = stream.Feed(new SampledExamples(Latents, 32), 1111, Rows - 1111, chunk);
        ValueIntervals otherIntervals = stream.Feed(new ValueIntervals(maxima, 10, 5), 1111, Rows - 1111, chunk);
        TopExamples otherTop = stream.Feed(new TopExamples(Latents, 20, window: 9), 1111, Rows - 1111, chunk);
        otherSample.Merge(stream.Feed(new SampledExamples(Latents, 32), 0, 1111, chunk));
        otherIntervals.Merge(stream.Feed(new ValueIntervals(maxima, 10, 5), 0, 1111, chunk));
        otherTop.Merge(stream.Feed(new TopExamples(Latents, 20, window: 9), 0, 1111, chunk));
        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(sample.Of(latent), otherSample.Of(latent));
            Assert.Equal(top.Of(latent), otherTop.Of(latent));
            for (int interval = 0; interval < 10; interval++)
            {
                Assert.Equal(intervals.CountOf(latent, interval), otherIntervals.CountOf(latent, interval));
                Assert.Equal(intervals.Of(latent, interval), otherIntervals.Of(latent, interval));
            }
        }
    }

    [Fact]
    public void Top_examples_are_the_strongest_of_different_windows()
    {
        const int Window = 9;
        CodeStream stream = CodeStream.Random(23, 1500, Latents);
        TopExamples every = stream.Feed(new TopExamples(Latents, 1500));
        TopExamples top = stream.Feed(new TopExamples(Latents, 20, Window));
        for (int latent = 0; latent < Latents; latent++)
        {
            IEnumerable<TopExample> expected = every.Of(latent)
                .GroupBy(example => stream.WindowOf((int)example.Row, Window))
                .Select(window => window.First())
                .Take(20);
            Assert.Equal(expected, top.Of(latent));
        }
    }

    [Fact]
    public void Parts_of_different_passes_are_refused()
    {
        SampledExamples sample = new(1, 3);
        TopExamples top = new(1, 3);
        ValueIntervals intervals = new([1], 10, 5);

        _ = Assert.Throws<ArgumentException>(() => sample.Merge(new SampledExamples(1, 4)));
        _ = Assert.Throws<ArgumentException>(() => sample.Merge(new SampledExamples(1, 3, seed: 1)));
        _ = Assert.Throws<ArgumentException>(() => sample.Merge(new SampledExamples(2, 3)));
        _ = Assert.Throws<ArgumentException>(() => top.Merge(new TopExamples(1, 3, window: 2)));
        _ = Assert.Throws<ArgumentException>(() => intervals.Merge(new ValueIntervals([2], 10, 5)));
    }
}
