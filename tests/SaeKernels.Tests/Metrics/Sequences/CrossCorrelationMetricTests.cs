using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>The cross-correlations of E6 of the acceptance checks, and that cuts change nothing.</summary>
public class CrossCorrelationMetricTests
{
    private const int Latents = 5;
    private const int MaxLag = 6;

    [Fact]
    public void Counts_and_correlations_are_those_of_counting_by_hand()
    {
        CodeStream stream = CodeStream.Random(6, 1500, Latents);
        CrossCorrelationMetric metric = stream.Feed(new CrossCorrelationMetric(Latents, MaxLag));
        List<bool[]>[] documents =
            [.. Enumerable.Range(0, Latents).Select(latent => stream.ActivityOfDocuments(latent).ToList())];
        for (int latent = 0; latent < Latents; latent++)
        {
            for (int other = 0; other < Latents; other++)
            {
                for (int lag = -MaxLag; lag <= MaxLag; lag++)
                {
                    (bool Here, bool There)[] pairs = [.. Pairs(documents[latent], documents[other], lag)];

                    Assert.Equal(pairs.Length, metric.Pairs(lag));
                    Assert.Equal(
                        pairs.Count(pair => pair.Here && pair.There), metric.Together(latent, other, lag));
                    Assert.Equal(Pearson(pairs), metric.Correlation(latent, other, lag), 12);
                }
            }
        }
    }

    [Fact]
    public void Lags_turn_round_with_the_latents_and_a_latent_with_itself_is_the_autocorrelation()
    {
        CodeStream stream = CodeStream.Random(7, 1500, Latents);
        CrossCorrelationMetric metric = stream.Feed(new CrossCorrelationMetric(Latents, MaxLag));
        SequenceFigures alone = stream.Feed(new SequenceMetric(Latents, [.. Enumerable.Range(1, MaxLag)])).Read();
        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(1, metric.Correlation(latent, latent, 0), 12);
            for (int lag = 1; lag <= MaxLag; lag++)
            {
                Assert.Equal(alone.Autocorrelation(latent, lag), metric.Correlation(latent, latent, lag));
                for (int other = 0; other < Latents; other++)
                {
                    Assert.Equal(metric.Correlation(other, latent, -lag), metric.Correlation(latent, other, lag));
                }
            }
        }
    }

    // B is active d tokens after A with probability q, and with probability β on its own; A with probability p.
    [Fact]
    public void A_planted_follower_has_the_correlation_of_the_formula_at_its_lag_and_none_at_others()
    {
        // More tokens than wait to be counted together.
        const int Documents = 600;
        const int Length = 500;
        const int Distance = 3;
        const double P = 0.05;
        const double Q = 0.6;
        const double Beta = 0.02;
        RandomSequence random = new(20261124, RandomPurpose.General);
        CodeStream stream = new();
        long together = 0;
        for (int document = 0; document < Documents; document++)
        {
            bool[] leads = [.. Enumerable.Range(0, Length).Select(_ => random.NextDouble() < P)];
            for (int token = 0; token < Length; token++)
            {
                // Before the first token of a document there is an A, too, which is not seen.
                bool earlier = token >= Distance ? leads[token - Distance] : random.NextDouble() < P;
                bool follows = (earlier && random.NextDouble() < Q) | (random.NextDouble() < Beta);
                List<(int, float)> codes = leads[token] ? [(0, 2f)] : [];
                if (follows)
                {
                    together += token >= Distance && leads[token - Distance] ? 1 : 0;
                    codes.Add((1, 1f));
                }

                stream.Add(document, token, 0, [.. codes]);
            }
        }

        CrossCorrelationMetric metric = stream.Feed(new CrossCorrelationMetric(2, MaxLag), 4096);
        Assert.Equal(together, metric.Together(0, 1, Distance));
        Assert.Equal((long)Documents * (Length - Distance), metric.Pairs(Distance));
        double second = 1 - ((1 - (P * Q)) * (1 - Beta));
        double expected = Q * (1 - Beta) * Math.Sqrt(P * (1 - P) / (second * (1 - second)));
        for (int lag = -MaxLag; lag <= MaxLag; lag++)
        {
            double r = lag == Distance ? expected : 0;
            double both = (P * second) + (r * Math.Sqrt(P * (1 - P) * second * (1 - second)));
            double sigma = Sigma(P, second, both, r) / Math.Sqrt(metric.Pairs(lag));
            Assert.InRange(metric.Correlation(0, 1, lag), r - (3 * sigma), r + (3 * sigma));
        }
    }

    [Fact]
    public void No_pair_crosses_the_end_of_a_document()
    {
        CodeStream stream = new();
        for (int document = 0; document < 20; document++)
        {
            stream.Add(document, 0, 0, (1, 1));
            stream.Add(document, 1, 0);
            stream.Add(document, 2, 0, (0, 1));
        }

        CrossCorrelationMetric metric = stream.Feed(new CrossCorrelationMetric(2, MaxLag));

        Assert.Equal(0, metric.Together(0, 1, 1));
        Assert.Equal(20, metric.Together(1, 0, 2));
        Assert.Equal(40, metric.Pairs(1));
        Assert.Equal(0, metric.Pairs(3));
        Assert.True(double.IsNaN(metric.Correlation(0, 1, 3)));
    }

    [Fact]
    public void Shards_in_any_order_change_nothing_even_when_cut_inside_documents()
    {
        const int Rows = 300;
        CodeStream stream = CodeStream.Random(4, Rows, Latents);
        CrossCorrelationMetric whole = stream.Feed(new CrossCorrelationMetric(Latents, MaxLag));
        RandomSequence random = new(5, RandomPurpose.General);
        for (int trial = 0; trial < 100; trial++)
        {
            // Many shards are shorter than the largest lag.
            int[] cuts = [0, .. Enumerable.Range(0, 60).Select(_ => (int)random.NextInt64(Rows + 1)).Order(), Rows];
            CrossCorrelationMetric[] parts =
            [
                .. Enumerable.Range(0, cuts.Length - 1).Select(i => stream.Feed(
                    new CrossCorrelationMetric(Latents, MaxLag), cuts[i], cuts[i + 1] - cuts[i], chunk: 3)),
            ];
            random.Shuffle<CrossCorrelationMetric>(parts);
            CrossCorrelationMetric merged = new(Latents, MaxLag);
            Array.ForEach(parts, merged.Merge);

            Assert.Equal(FiguresOf(whole, Latents), FiguresOf(merged, Latents));
        }
    }

    [Fact]
    public void Chosen_latents_have_the_same_figures()
    {
        CodeStream stream = CodeStream.Random(8, 400, Latents);
        CrossCorrelationMetric all = stream.Feed(new CrossCorrelationMetric(Latents, MaxLag));
        CrossCorrelationMetric some = stream.Feed(new CrossCorrelationMetric(Latents, MaxLag, [3, 1], [0, 4]));

        Assert.Equal(all.Correlation(3, 4, -2), some.Correlation(3, 4, -2));
        Assert.Equal(all.Together(1, 0, 5), some.Together(1, 0, 5));
        Assert.Throws<ArgumentException>(() => some.Correlation(0, 4, 1));
        Assert.Throws<ArgumentException>(() => some.Correlation(3, 4, MaxLag + 1));
        Assert.Contains("named once", Assert.Throws<ArgumentException>(
            () => new CrossCorrelationMetric(Latents, MaxLag, [1, 1])).Message);
        Assert.Contains("256", Assert.Throws<ArgumentException>(
            () => new CrossCorrelationMetric(Latents, 257)).Message);
        Assert.Contains("other latents", Assert.Throws<ArgumentException>(() => all.Merge(some)).Message);
        Assert.Contains("overlap", Assert.Throws<ArgumentException>(
            () => all.Merge(stream.Feed(new CrossCorrelationMetric(Latents, MaxLag), 10, 20))).Message);
    }

    /// <summary>All that a metric says.</summary>
    internal static List<object> FiguresOf(CrossCorrelationMetric metric, int latents) =>
    [
        .. from latent in Enumerable.Range(0, latents)
           from other in Enumerable.Range(0, latents)
           from lag in Enumerable.Range(-metric.MaxLag, (2 * metric.MaxLag) + 1)
           from figure in (object[])
           [
               metric.Pairs(lag), metric.Together(latent, other, lag), metric.Correlation(latent, other, lag),
           ]
           select figure,
    ];

    private static IEnumerable<(bool Here, bool There)> Pairs(List<bool[]> here, List<bool[]> there, int lag) =>
        here.Zip(there).SelectMany(document => Enumerable.Range(0, document.First.Length)
            .Where(token => token + lag >= 0 && token + lag < document.First.Length)
            .Select(token => (document.First[token], document.Second[token + lag])));

    private static double Pearson((bool Here, bool There)[] pairs)
    {
        double here = pairs.Count(pair => pair.Here);
        double there = pairs.Count(pair => pair.There);
        return PearsonCorrelation.Of(
            pairs.Length, here, here, there, there, pairs.Count(pair => pair.Here && pair.There));
    }

    /// <summary>
    /// √n times the standard error of a correlation of n independent pairs: that of its influence, xy − r(x² + y²) / 2
    /// in units of the spreads.
    /// </summary>
    private static double Sigma(double first, double second, double both, double r)
    {
        double variance = 0;
        foreach ((double a, double b, double share) in ((double, double, double)[])
            [(1, 1, both), (1, 0, first - both), (0, 1, second - both), (0, 0, 1 - first - second + both)])
        {
            double x = (a - first) / Math.Sqrt(first * (1 - first));
            double y = (b - second) / Math.Sqrt(second * (1 - second));
            double influence = (x * y) - (r * ((x * x) + (y * y)) / 2);
            variance += share * influence * influence;
        }

        return Math.Sqrt(variance);
    }
}
