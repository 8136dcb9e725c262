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

    [Fact]
    public void Without_positions_nothing_is_counted() => TestBackends.Use("cpu", backend =>
    {
        using PositionCounter counter = new(backend, Latents);
        counter.Add(new DeviceBatch
        {
            FirstRow = 0,
            Rows = 1,
            Codes = backend.PlaceCodes([(0, 1.0)]),
            Activations = backend.PlaceMatrix("Activations", 1, 1, 0),
            Vectors = [0],
        });
        Assert.Equal(0, counter.Read().Tokens);
        Assert.True(double.IsNaN(counter.Read().Of(0)));
    });

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
                FirstRow = first,
                Rows = batch.Rows,
                Codes = codes,
                Activations = activations,
                Vectors = new float[batch.Rows],
                Positions = batch.Positions,
            });
        }
    }
}
