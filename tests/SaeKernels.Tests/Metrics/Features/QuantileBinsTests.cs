using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>The CDF value of E19 of the acceptance checks, and the error bound of the quantiles.</summary>
public class QuantileBinsTests
{
    private static readonly double[] Fractions = [0, 0.001, 0.05, 0.25, 0.5, 0.75, 0.9, 0.999, 1];

    [Fact]
    public void Quantiles_are_within_one_part_in_128_over_all_magnitudes()
    {
        RandomSequence random = new(1, RandomPurpose.General);
        QuantileBins bins = new(1);
        float[] values = [.. Enumerable.Range(0, 3000).Select(_ => (float)Math.Exp(20 * random.NextNormal()))];
        Array.ForEach(values, value => bins.Add(0, value));
        Array.Sort(values);

        foreach (double fraction in Fractions)
        {
            double exact = values[(int)Math.Max(0, Math.Ceiling(fraction * values.Length) - 1)];
            Assert.InRange(bins.Quantile(0, fraction), exact * (1 - (1 / 128.0)), exact * (1 + (1 / 128.0)));
        }
    }

    [Fact]
    public void Silence_does_not_count_and_a_silent_latent_has_no_quantile()
    {
        QuantileBins bins = CodeStream.OfValues([0, 0, 4, 0, 8]).Feed(new QuantileBins(2));

        Assert.Equal(2, bins.CountOf(0));
        Assert.Equal(4, bins.Quantile(0, 0.5), 4.0 / 128);
        Assert.Equal(0, bins.CountOf(1));
        Assert.True(double.IsNaN(bins.Quantile(1, 0.5)));
        Assert.Equal(float.PositiveInfinity, bins.LowerEdgeOfQuantile(1, 0.2));
    }

    [Fact]
    public void Cdf_value_is_rank_over_all_rows_where_no_two_values_share_a_bin()
    {
        float[] values = [0, 0, 0, 1, 2, 3, 0.5f, 7, 100, 0];
        QuantileBins bins = CodeStream.OfValues(values).Feed(new QuantileBins(1));
        double last = 0;
        foreach (float value in values.Order())
        {
            double cdf = bins.CdfValue(0, value, values.Length);
            Assert.Equal(values.Count(other => other <= value) / 10.0, cdf);
            Assert.True(cdf >= last);
            last = cdf;
        }

        Assert.Equal(0.4, bins.CdfValue(0, 0, values.Length));
        Assert.Equal(1, bins.CdfValue(0, 1000, values.Length));
    }

    [Fact]
    public void Chunks_and_shards_change_nothing()
    {
        CodeStream stream = CodeStream.Random(2, 900, 3);
        QuantileBins whole = stream.Feed(new QuantileBins(3));
        QuantileBins merged = stream.Feed(new QuantileBins(3), 500, 400, 7);
        merged.Merge(stream.Feed(new QuantileBins(3), 0, 500, 1));
        for (int latent = 0; latent < 3; latent++)
        {
            Assert.Equal(whole.CountOf(latent), merged.CountOf(latent));
            Assert.All(
                Fractions,
                fraction => Assert.Equal(whole.Quantile(latent, fraction), merged.Quantile(latent, fraction)));
        }
    }

    [Fact]
    public void At_least_the_wanted_share_is_not_below_the_lower_edge()
    {
        RandomSequence random = new(9, RandomPurpose.General);
        float[] values = [.. Enumerable.Range(0, 777).Select(_ => random.NextSingle() + 0.01f)];
        QuantileBins bins = CodeStream.OfValues(values).Feed(new QuantileBins(1));
        float edge = bins.LowerEdgeOfQuantile(0, 0.2);

        Assert.InRange(values.Count(value => value >= edge) / 777.0, 0.8, 0.82);
    }
}
