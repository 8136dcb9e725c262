using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>The positional part of E27 of the acceptance checks.</summary>
public class PositionInformationTests
{
    [Fact]
    public void A_latent_that_position_decides_has_all_its_entropy()
    {
        CodeStream stream = new();
        for (int row = 0; row < 5000; row++)
        {
            stream.Add(row / 50, row % 50, 0, row % 50 == 3 ? [(0, 1f)] : []);
        }

        PositionInformation metric = stream.Feed(new PositionInformation(1));

        Assert.Equal(HistogramEntropy.OfChoice(1 / 50.0), metric.Of(0), 12);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.02)]
    public void A_latent_without_a_position_has_the_bias_of_the_estimate(double density)
    {
        const int Rows = 200_000;
        const int Positions = 60;
        RandomSequence random = new(8, RandomPurpose.General);
        CodeStream stream = new();
        for (int row = 0; row < Rows; row++)
        {
            stream.Add(row / Positions, row % Positions, 0, random.NextDouble() < density ? [(0, 1f)] : []);
        }

        PositionInformation metric = stream.Feed(new PositionInformation(1));
        double bias = (Positions - 1) / (2.0 * Rows * Math.Log(2));

        Assert.Equal(bias, metric.Bias, 12);
        Assert.InRange(metric.Of(0), 0, 3 * bias);
    }

    [Fact]
    public void Positions_above_63_share_bins_of_a_sixteenth_of_their_octave()
    {
        CodeStream stream = new();
        for (int position = 0; position < 1024; position++)
        {
            // Active on one whole bin, 512 to 543, and on half of another, 64 to 65 of 64 to 67.
            bool active = position is (>= 512 and < 544) or 64 or 65;
            stream.Add(0, position, 0, active ? [(0, 1f)] : []);
        }

        PositionInformation metric = stream.Feed(new PositionInformation(1));

        double expected = HistogramEntropy.OfChoice(34 / 1024.0) - (4 / 1024.0 * 1);
        Assert.Equal(expected, metric.Of(0), 12);
    }

    [Fact]
    public void Chunks_and_shards_change_nothing()
    {
        CodeStream stream = CodeStream.Random(11, 1000, 4);
        PositionInformation whole = stream.Feed(new PositionInformation(4));
        PositionInformation merged = stream.Feed(new PositionInformation(4), 400, 600, 7);
        merged.Merge(stream.Feed(new PositionInformation(4), 0, 400, 1));

        Assert.All(Enumerable.Range(0, 4), latent => Assert.Equal(whole.Of(latent), merged.Of(latent)));
    }

    [Fact]
    public void Without_positions_it_is_NaN()
    {
        CodeStream stream = new() { HasTokens = false };
        stream.Add(0, 0, 0, (0, 1));

        Assert.True(double.IsNaN(stream.Feed(new PositionInformation(1)).Of(0)));
    }
}
