using SaeKernels.Abstractions;
using SaeKernels.Metrics;
using SaeKernels.Testing;

namespace SaeKernels.Tests.Metrics;

/// <summary>What is counted on a device, in any pieces, is what collectors find on the host.</summary>
public class LatentCounterTests
{
    private const int Latents = 5;
    private static readonly CodeStream Stream = Codes();

    public static TheoryData<string, int> BackendsAndChunks
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (string backend in TestBackends.All)
            {
                cases.Add(backend, 7);
                cases.Add(backend, 60);
            }

            return cases;
        }
    }

    [SkippableTheory]
    [MemberData(nameof(BackendsAndChunks))]
    public void Quantiles_are_those_of_the_host(string name, int chunk) => TestBackends.Use(name, backend =>
    {
        using LatentStatistics statistics = backend.CreateLatentStatistics(Latents);
        using QuantileCounter counter = new(backend, statistics);
        Feed(backend, chunk, statistics, counter);
        QuantileBins found = counter.Read();
        QuantileBins expected = Stream.Feed(new QuantileBins(Latents));
        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(expected.BinsOf(latent), found.BinsOf(latent));
        }

        Assert.Equal(0, found.CountOf(Latents - 1));
        Assert.True(found.BinsOf(0).Last().Bin - found.BinsOf(0).First().Bin > 64 * QuantileBins.PerOctave);
    });

    [SkippableTheory]
    [MemberData(nameof(BackendsAndChunks))]
    public void Positions_are_those_of_the_host(string name, int chunk) => TestBackends.Use(name, backend =>
    {
        using PositionCounter counter = new(backend, Latents);
        Feed(backend, chunk, null, counter);
        PositionInformation found = counter.Read();
        PositionInformation expected = Stream.Feed(new PositionInformation(Latents));
        Assert.Equal(Stream.Rows, found.Tokens);
        Assert.Equal(expected.Bias, found.Bias);
        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(expected.Of(latent), found.Of(latent));
        }

        Assert.True(found.Of(1) > found.Bias);
    });

    [SkippableTheory]
    [MemberData(nameof(BackendsAndChunks))]
    public void Histograms_of_codes_are_those_of_the_host(string name, int chunk) => TestBackends.Use(name, backend =>
    {
        // Some codes lie above the edge.
        using CodeHistogramCounter counter = new(backend, Latents, high: 3, bins: 10);
        Feed(backend, chunk, null, counter);
        CodeHistograms found = counter.Read();
        CodeHistograms expected = Stream.Feed(new CodeHistograms(Latents, high: 3, bins: 10));
        Assert.Equal(Stream.Rows, found.Rows);
        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(expected.BitsOf(latent), found.BitsOf(latent));
        }

        Assert.Equal(0, found.BitsOf(Latents - 1));
        Assert.True(found.BitsOf(0) > 0);
        expected.Merge(found);
        Assert.Equal(2 * Stream.Rows, expected.Rows);
    });

    [SkippableTheory]
    [MemberData(nameof(BackendsAndChunks))]
    public void Labels_are_told_apart_as_on_the_host(string name, int chunk) => TestBackends.Use(name, backend =>
    {
        using LatentStatistics statistics = backend.CreateLatentStatistics(Latents);
        LabelledActivations found = Labels();
        using LabelCounter counter = new(backend, statistics, found);
        Feed(backend, chunk, statistics, counter);
        counter.Complete();
        LabelledActivations expected = Stream.Feed(Labels());
        Assert.Equal(Stream.Rows, found.Tokens);
        for (int label = 0; label < found.Labels; label++)
        {
            Assert.Equal(expected.TokensOf(label), found.TokensOf(label));
            for (int latent = 0; latent < Latents; latent++)
            {
                Assert.Equal(expected.Density(latent, label), found.Density(latent, label));
                Assert.Equal(expected.Specificity(latent, label, 1.2f), found.Specificity(latent, label, 1.2f));
                Assert.Equal(expected.Auroc(latent, label), found.Auroc(latent, label));
                Near(expected.Mean(latent, label), found.Mean(latent, label));
                Near(expected.Correlation(latent, label), found.Correlation(latent, label));
            }
        }

        Assert.True(found.Auroc(3, 0) > 0.9);
        Assert.Throws<InvalidOperationException>(counter.Complete);

        LabelledActivations Labels() => new(Latents, 2, row => row % 3 == 0 ? 0 : row % 7 == 0 ? 1 : -1);
    });

    [SkippableTheory]
    [MemberData(nameof(BackendsAndChunks))]
    public void Distributions_in_a_context_are_those_of_the_host(string name, int chunk) =>
        TestBackends.Use(name, backend =>
        {
            // Activations and widths of bins are multiples of 1/8: no edge is rounded.
            ConditionalActivations found = Distributions();
            using ConditionalCounter counter = new(backend, Latents, found);
            Feed(backend, chunk, null, counter);
            counter.Complete();
            ConditionalActivations expected = Stream.Feed(Distributions());
            Assert.Equal(expected.LabelShare, found.LabelShare);
            foreach (int latent in expected.Latents)
            {
                Near(expected.Correlation(latent), found.Correlation(latent));
                for (int bin = 0; bin < expected.Bins; bin++)
                {
                    Assert.Equal(expected.Specificity(latent, bin), found.Specificity(latent, bin));
                    for (int score = 0; score < expected.ScoreBins; score++)
                    {
                        Assert.Equal(expected.Count(latent, bin, score), found.Count(latent, bin, score));
                        Near(expected.ExpectedValue(latent, bin, score), found.ExpectedValue(latent, bin, score));
                    }
                }
            }

            Assert.Equal(11, Enumerable.Range(0, 4).Sum(bin => found.Count(1, bin, 0) + found.Count(1, bin, 1)));
            Assert.Throws<InvalidOperationException>(counter.Complete);

            ConditionalActivations Distributions() => ConditionalActivations.OfLabel(
                "threes", row => row % 3 == 0, [3, 1, 4], [2, 4, 0], bins: 4);
        });

    [Fact]
    public void Without_positions_nothing_is_counted() => TestBackends.Use("cpu", backend =>
    {
        using PositionCounter counter = new(backend, Latents);
        counter.Add(new DeviceBatch
        {
            Tokens = new BatchTokens { FirstRow = 0, Rows = 1 },
            Codes = backend.PlaceCodes([(0, 1.0)]),
            Activations = backend.PlaceMatrix("Activations", 1, 1, 0),
        });
        Assert.Equal(0, counter.Read().Tokens);
        Assert.True(double.IsNaN(counter.Read().Of(0)));
    });

    private static void Near(double expected, double found) =>
        Assert.True(
            double.Equals(expected, found) || Math.Abs(expected - found) <= 1e-9 * Math.Abs(expected),
            $"must be {expected}, but is {found}");

    /// <summary>Activations over many magnitudes, which go up and down; the last latent is silent.</summary>
    private static CodeStream Codes()
    {
        CodeStream stream = new();
        for (int row = 0; row < 200; row++)
        {
            List<(int, float)> codes = [(0, MathF.Pow(2, (row * 37 % 101) - 50) * (1 + (row / 300f)))];
            if (row % 50 < 3)
            {
                codes.Add((1, row % 7));
            }

            if (row % 3 == 0)
            {
                codes.Add((3, 1 + (row % 5 / 8f)));
            }

            stream.Add(row / 50, row % 50 * 3, 0, [.. codes]);
        }

        return stream;
    }

    private static void Feed(IComputeBackend backend, int chunk, LatentStatistics? statistics, LatentCounter counter)
    {
        RealMatrix activations = backend.PlaceMatrix("Activations", chunk, 1, new double[chunk]);
        for (int first = 0; first < Stream.Rows; first += chunk)
        {
            LatentBatch batch = Stream.BatchOf(first, Math.Min(chunk, Stream.Rows - first));
            (int, double)[][] rows = new (int, double)[batch.Rows][];
            for (int row = 0; row < batch.Rows; row++)
            {
                int start = batch.RowOffsets[row];
                rows[row] = new (int, double)[batch.RowOffsets[row + 1] - start];
                for (int entry = 0; entry < rows[row].Length; entry++)
                {
                    rows[row][entry] = (batch.Latents[start + entry], batch.Values[start + entry]);
                }
            }

            using SparseCodes codes = backend.PlaceCodes(rows);
            if (statistics is not null)
            {
                backend.AccumulateLatents(new AccumulateLatentsArguments
                {
                    Rows = batch.Rows,
                    Codes = codes,
                    Statistics = statistics,
                });
            }

            counter.Add(new DeviceBatch
            {
                Tokens = batch.Tokens,
                Codes = codes,
                Activations = activations,
            });
        }
    }
}
