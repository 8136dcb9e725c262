using SaeKernels.Metrics;

namespace SaeKernels.Tests.Metrics;

/// <summary>The unigram part of E27 of the acceptance checks.</summary>
public class UnigramMetricTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(20, 20)]
    [InlineData(21, 21)]
    [InlineData(500, 21)]
    public void Tokens_are_counted_up_to_20(int tokens, int expected)
    {
        CodeStream stream = new();
        for (int row = 0; row < 1000; row++)
        {
            stream.Add(0, row, row % tokens, (0, 1));
        }

        Assert.Equal(expected, stream.Feed(new UnigramMetric([0.5f])).TokensOf(0));
    }

    [Fact]
    public void Weak_activations_do_not_count()
    {
        CodeStream stream = new();
        for (int row = 0; row < 100; row++)
        {
            stream.Add(0, row, row < 20 ? row : 777, (0, row < 20 ? 1 : 2));
        }

        QuantileBins quantiles = stream.Feed(new QuantileBins(1));
        // 80 of 100 are 2: the 20 % quantile is 1, and one activation more than the strongest 80 % makes it 2.
        UnigramMetric all = stream.Feed(new UnigramMetric([quantiles.LowerEdgeOfQuantile(0, 0.2)]));
        UnigramMetric strong = stream.Feed(new UnigramMetric([quantiles.LowerEdgeOfQuantile(0, 0.21)]));

        Assert.Equal(21, all.TokensOf(0));
        Assert.Equal(0.8, all.PurityOf(0));
        Assert.Equal(1, strong.TokensOf(0));
        Assert.Equal(1, strong.PurityOf(0));
    }

    [Fact]
    public void Purity_of_many_activations_is_that_of_a_sample()
    {
        CodeStream stream = new();
        for (int row = 0; row < 20_000; row++)
        {
            stream.Add(0, row, row % 10 < 7 ? 5 : row, (0, 1));
        }

        double purity = stream.Feed(new UnigramMetric([0])).PurityOf(0);

        // Three standard errors of a share of 0.7 in 128 draws.
        Assert.InRange(purity, 0.7 - (3 * 0.0405), 0.7 + (3 * 0.0405));
    }

    [Fact]
    public void Chunks_and_shards_change_nothing()
    {
        CodeStream stream = CodeStream.Random(12, 3000, 4);
        float[] bounds = [0, 10, 20, 30];
        UnigramMetric whole = stream.Feed(new UnigramMetric(bounds));
        UnigramMetric merged = stream.Feed(new UnigramMetric(bounds), 1700, 1300, 7);
        merged.Merge(stream.Feed(new UnigramMetric(bounds), 0, 1700, 1));
        for (int latent = 0; latent < 4; latent++)
        {
            Assert.Equal(whole.TokensOf(latent), merged.TokensOf(latent));
            Assert.Equal(whole.PurityOf(latent), merged.PurityOf(latent));
        }
    }

    [Fact]
    public void Without_tokens_nothing_is_said()
    {
        CodeStream stream = new() { HasTokens = false };
        stream.Add(0, 0, 0, (0, 1));
        UnigramMetric metric = stream.Feed(new UnigramMetric([0]));

        Assert.Equal(-1, metric.TokensOf(0));
        Assert.True(double.IsNaN(metric.PurityOf(0)));
    }
}
