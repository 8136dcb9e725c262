using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>E6 of the acceptance checks, and that cuts change nothing.</summary>
public class SequenceMetricTests
{
    private const int Latents = 5;
    private static readonly int[] Lags = [1, 2, 4, 8, 39, 63];

    [Fact]
    public void Runs_end_with_a_gap_and_with_the_document()
    {
        CodeStream stream = new();
        stream.Add(7, 0, 0, (0, 1));
        stream.Add(7, 1, 0, (0, 1), (1, 2));
        stream.Add(7, 2, 0, (1, 1));
        stream.Add(8, 0, 0, (0, 1), (1, 3));
        stream.Add(8, 1, 0, (0, 1));
        stream.Add(8, 2, 0, (0, 0));
        stream.Add(8, 3, 0, (0, 1));
        SequenceFigures figures = stream.Feed(new SequenceMetric(3)).Read();

        Assert.Equal(2, figures.Documents);
        Assert.Equal(3, figures.Runs(0));
        Assert.Equal(5 / 3.0, figures.MeanRun(0));
        Assert.Equal(2, figures.LongestRun(0));
        Assert.Equal(2, figures.Runs(1));
        Assert.Equal(5 / 2.0, figures.TokensPerActiveDocument(0));
        Assert.Equal(0, figures.LongestRun(2));
        Assert.True(double.IsNaN(figures.MeanRun(2)));
    }

    [Fact]
    public void A_jump_of_the_position_ends_a_document()
    {
        CodeStream stream = new();
        stream.Add(7, 0, 0, (0, 1));
        stream.Add(7, 2, 0, (0, 1));
        SequenceFigures figures = stream.Feed(new SequenceMetric(1)).Read();

        Assert.Equal(2, figures.Documents);
        Assert.Equal(2, figures.Runs(0));
    }

    [Fact]
    public void Without_documents_and_positions_nothing_is_said()
    {
        CodeStream stream = new() { HasTokens = false };
        stream.Add(0, 0, 0, (0, 1));
        SequenceFigures figures = stream.Feed(new SequenceMetric(1)).Read();

        Assert.Equal(0, figures.Documents);
        Assert.True(double.IsNaN(figures.MeanRun(0)));
        Assert.True(double.IsNaN(figures.Autocorrelation(0, 1)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Chunks_change_nothing(int chunk)
    {
        CodeStream stream = CodeStream.Random(3, 2000, Latents);
        SequenceFigures whole = stream.Feed(new SequenceMetric(Latents, Lags)).Read();

        AssertSame(whole, stream.Feed(new SequenceMetric(Latents, Lags), chunk).Read());
    }

    [Fact]
    public void Shards_in_any_order_change_nothing_even_when_cut_inside_documents()
    {
        const int Rows = 400;
        CodeStream stream = CodeStream.Random(4, Rows, Latents);
        SequenceFigures whole = stream.Feed(new SequenceMetric(Latents, Lags)).Read();
        RandomSequence random = new(5, RandomPurpose.General);
        for (int trial = 0; trial < 200; trial++)
        {
            int[] cuts = [0, .. Enumerable.Range(0, 12).Select(_ => (int)random.NextInt64(Rows + 1)).Order(), Rows];
            SequenceMetric[] parts =
            [
                .. Enumerable.Range(0, cuts.Length - 1).Select(
                    i => stream.Feed(new SequenceMetric(Latents, Lags), cuts[i], cuts[i + 1] - cuts[i], 3)),
            ];
            random.Shuffle<SequenceMetric>(parts);
            SequenceMetric merged = new(Latents, Lags);
            Array.ForEach(parts, merged.Merge);

            AssertSame(whole, merged.Read());
        }
    }

    [Fact]
    public void Figures_are_those_of_counting_by_hand()
    {
        CodeStream stream = CodeStream.Random(6, 1500, Latents);
        SequenceFigures figures = stream.Feed(new SequenceMetric(Latents, Lags)).Read();
        List<bool[]> documents = stream.ActivityOfDocuments(2);
        foreach (int lag in Lags)
        {
            List<(bool Earlier, bool Later)> pairs =
            [
                .. documents.SelectMany(active => active.Skip(lag).Select((later, i) => (active[i], later))),
            ];
            double n = pairs.Count;
            double earlier = pairs.Count(pair => pair.Earlier);
            double later = pairs.Count(pair => pair.Later);
            double both = pairs.Count(pair => pair.Earlier && pair.Later);
            double expected = ((n * both) - (earlier * later))
                / Math.Sqrt(earlier * (n - earlier) * later * (n - later));
            Assert.Equal(expected, figures.Autocorrelation(2, lag), 12);
        }
    }

    [Fact]
    public void Overlapping_parts_are_refused()
    {
        CodeStream stream = CodeStream.Random(6, 20, Latents);
        SequenceMetric left = stream.Feed(new SequenceMetric(Latents), 0, 12);
        SequenceMetric right = stream.Feed(new SequenceMetric(Latents), 10, 10);

        Assert.Contains("do not overlap", Assert.Throws<ArgumentException>(() => left.Merge(right)).Message);
    }

    // E6: a span that goes on with probability q has mean length 1 / (1 − q); starting with β, lag k has (q − β)^k.
    [Fact]
    public void A_two_state_chain_has_its_run_length_and_autocorrelation()
    {
        const double GoesOn = 0.75;
        const double Starts = 0.05;
        const int Tokens = 1_000_000;
        RandomSequence random = new(20261123, RandomPurpose.General);
        SequenceMetric metric = new(1);
        CodeStream stream = new();
        bool active = false;
        for (int token = 0; token < Tokens; token++)
        {
            active = random.NextDouble() < (active ? GoesOn : Starts);
            stream.Add(0, token, 0, active ? [(0, 1f)] : []);
        }

        SequenceFigures figures = stream.Feed(metric, 4096).Read();

        Assert.InRange(figures.MeanRun(0), 0.98 / (1 - GoesOn), 1.02 / (1 - GoesOn));
        foreach (int lag in metric.Lags)
        {
            double expected = Math.Pow(GoesOn - Starts, lag);
            // Bartlett's variance of an AR(1)-like sequence, φ the correlation at lag 1.
            double phi = GoesOn - Starts;
            double squared = phi * phi;
            double variance = ((1 + squared) * (1 - Math.Pow(squared, lag)) / (1 - squared))
                - (2 * lag * Math.Pow(squared, lag));
            double sigma = Math.Sqrt(variance / Tokens);
            Assert.InRange(figures.Autocorrelation(0, lag), expected - (3 * sigma), expected + (3 * sigma));
        }
    }

    private static void AssertSame(SequenceFigures expected, SequenceFigures actual)
    {
        Assert.Equal(expected.Documents, actual.Documents);
        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(expected.Runs(latent), actual.Runs(latent));
            Assert.Equal(expected.LongestRun(latent), actual.LongestRun(latent));
            Assert.Equal(expected.MeanRun(latent), actual.MeanRun(latent));
            Assert.Equal(expected.TokensPerActiveDocument(latent), actual.TokensPerActiveDocument(latent));
            Assert.All(
                Lags,
                lag => Assert.Equal(expected.Autocorrelation(latent, lag), actual.Autocorrelation(latent, lag)));
        }
    }
}
