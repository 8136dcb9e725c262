using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Ilgpu;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>The universality and masked cosine of E7 of the acceptance checks.</summary>
public class UniversalityPassTests
{
    private const int DIn = 10;
    private const int Rows = 1500;

    [Fact]
    public void A_model_is_its_own_best_partner()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend, 30, 1);
        PairedLatents pairs = new UniversalityPass().Run(sae, sae, Source());

        for (int latent = 0; latent < 30; latent++)
        {
            Assert.Equal(latent, pairs.OfFirst[latent].Latent);
            Assert.Equal(1, pairs.OfFirst[latent].Correlation, 1e-9);
            Assert.Equal(1, pairs.OfFirst[latent].MaskedCosine, 1e-9);
        }

        Assert.Equal(1, pairs.MedianCorrelation, 1e-9);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void Figures_are_those_of_dense_activations_whatever_batch_and_memory(int batch)
    {
        using CpuBackend backend = new();
        using Sae first = Model(backend, 30, 1);
        using Sae second = Model(backend, 22, 2);
        double[][] x = Dense(first);
        double[][] y = Dense(second);
        // Room for the pairs of 4 latents of the first model: 8 blocks.
        UniversalityPass pass = new() { Batch = batch, MemoryBytes = 24 * 22 * 4, EdgesFrom = 0.4 };
        Assert.Equal(8, pass.Blocks(first, second));
        PairedLatents pairs = pass.Run(first, second, Source());
        for (int i = 0; i < 30; i++)
        {
            double[] correlations = [.. y.Select(other => Pearson(x[i], other))];
            double[] masked = [.. y.Select(other => Masked(x[i], other))];
            PairedLatent found = pairs.OfFirst[i];
            Assert.Equal(correlations.Max(), found.Correlation, 1e-9);
            Assert.Equal(Array.IndexOf(correlations, correlations.Max()), found.Latent);
            Assert.Equal(masked[found.Latent], found.MaskedCosine, 1e-9);
            Assert.Equal(masked.Max(), pairs.MostMaskedOfFirst[i].MaskedCosine, 1e-9);
        }

        for (int j = 0; j < 22; j++)
        {
            Assert.Equal(x.Max(other => Pearson(other, y[j])), pairs.OfSecond[j].Correlation, 1e-9);
            Assert.Equal(x.Max(other => Masked(other, y[j])), pairs.MostMaskedOfSecond[j].MaskedCosine, 1e-9);
            Assert.Equal(y[j].Count(value => value != 0) / (double)Rows, pairs.DensityOfSecond[j], 1e-12);
        }

        (int, int)[] alike = [.. Enumerable.Range(0, 30).SelectMany(i => Enumerable.Range(0, 22), (i, j) => (i, j))
            .Where(pair => Masked(x[pair.i], y[pair.j]) >= 0.4)];
        Assert.NotEmpty(alike);
        Assert.Equal(alike, pairs.Edges.Select(edge => (edge.First, edge.Second)));
    }

    [Fact]
    public void Shards_in_another_order_change_no_figure()
    {
        const int Cut = 640;
        using CpuBackend backend = new();
        using Sae first = Model(backend, 30, 1);
        using Sae second = Model(backend, 22, 2);
        VectorSource source = Source();
        UniversalityPass pass = new() { Batch = 77, EdgesFrom = 0.4 };
        PairedLatents expected = pass.Run(first, second, source);
        PairedLatents found = PairSums.Compare([Joined(0, 13), Joined(13, 17)], edgesFrom: 0.4);
        Assert.Throws<ArgumentException>(() => PairSums.Compare([Joined(0, 13)]));
        Assert.Throws<ArgumentException>(() => Joined(0, 13).Merge(Joined(13, 17)));

        Assert.Equal(
            expected.Edges.Select(edge => (edge.First, edge.Second)),
            found.Edges.Select(edge => (edge.First, edge.Second)));
        Assert.Equal(expected.DensityOfSecond, found.DensityOfSecond);
        Assert.All(expected.OfFirst.Zip(found.OfFirst), pair =>
        {
            Assert.Equal(pair.First.Latent, pair.Second.Latent);
            Assert.Equal(pair.First.Correlation, pair.Second.Correlation, 1e-9);
            Assert.Equal(pair.First.MaskedCosine, pair.Second.MaskedCosine, 1e-9);
        });

        PairSums Joined(int from, int count)
        {
            PairSums end = pass.Sum(first, second, Part(Cut, Rows - Cut), from, count);
            end.Merge(pass.Sum(first, second, Part(0, Cut), from, count));
            return end;
        }

        VectorSource Part(int firstRow, int rows) => source with
        {
            Count = rows,
            Read = (row, to) => source.Read(firstRow + row, to),
        };
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Models_on_a_device_have_the_figures_of_those_on_the_host(bool isFirst, bool isSecond)
    {
        using CpuBackend host = new();
        using IlgpuBackend device = IlgpuBackend.CreateSimulator();
        UniversalityPass pass = new() { Batch = 500, EdgesFrom = 0.4 };
        PairedLatents expected = Run(host, host);
        PairedLatents found = Run(isFirst ? device : host, isSecond ? device : host);

        Assert.Equal(
            expected.Edges.Select(edge => (edge.First, edge.Second)),
            found.Edges.Select(edge => (edge.First, edge.Second)));
        Assert.All(expected.OfFirst.Zip(found.OfFirst), pair =>
        {
            Assert.Equal(pair.First.Latent, pair.Second.Latent);
            Assert.Equal(pair.First.Correlation, pair.Second.Correlation, 1e-6);
            Assert.Equal(pair.First.MaskedCosine, pair.Second.MaskedCosine, 1e-6);
        });

        PairedLatents Run(IComputeBackend one, IComputeBackend other)
        {
            using Sae first = Model(one, 30, 1);
            using Sae second = Model(other, 22, 2);
            return pass.Run(first, second, Source());
        }
    }

    [Fact]
    public void Latents_that_are_never_active_together_have_masked_cosine_0_and_silent_ones_none()
    {
        using CpuBackend backend = new();
        using Sae first = Model(backend, 1, 3, "relu");
        using Sae second = Model(backend, 2, 4, "relu");
        float[] row = new float[DIn];
        row[0] = 1;
        first.Parameters.WEnc.Buffer.Upload(row);
        first.Parameters.BEnc.Upload([0f]);
        float[] opposite = new float[2 * DIn];
        opposite[0] = -1;
        second.Parameters.WEnc.Buffer.Upload(opposite);
        second.Parameters.BEnc.Upload([0f, -1]);
        PairedLatents pairs = new UniversalityPass().Run(first, second, Source());

        Assert.Equal(0, pairs.OfFirst[0].Latent);
        Assert.Equal(0, pairs.OfFirst[0].MaskedCosine);
        Assert.InRange(pairs.OfFirst[0].Correlation, -1, 0);
        Assert.Equal(-1, pairs.OfSecond[1].Latent);
        Assert.True(double.IsNaN(pairs.OfSecond[1].Correlation));
    }

    // Pearson of f and a · f + b is 1. A silent latent stays silent, so b is 0 where some are: else all are active.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(50, 200)]
    public void A_rescaled_latent_is_a_perfect_partner(float bias, float otherBias)
    {
        using CpuBackend backend = new();
        using Sae first = Model(backend, 12, 5, "relu");
        using Sae second = Model(backend, 12, 5, "relu");
        Scale(second.Parameters.WEnc.Buffer);
        first.Parameters.BEnc.Upload([.. Enumerable.Repeat(bias, 12)]);
        second.Parameters.BEnc.Upload([.. Enumerable.Repeat(otherBias, 12)]);
        PairedLatents pairs = new UniversalityPass().Run(first, second, Source());

        Assert.All(pairs.OfFirst, pair => Assert.Equal(1, pair.Correlation, 1e-9));
        Assert.All(pairs.DensityOfFirst, density => Assert.Equal(bias > 0, density == 1));
    }

    // Sums of squares round: 1,500 times one of these has a spread a little above 0.
    [Theory]
    [InlineData(1.1f)]
    [InlineData(2.3f)]
    [InlineData(4.1f)]
    public void A_latent_that_never_varies_has_no_partner(float bias)
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend, 1, 6, "relu");
        sae.Parameters.WEnc.Buffer.Upload(new float[DIn]);
        sae.Parameters.BEnc.Upload([bias]);
        PairedLatents pairs = new UniversalityPass().Run(sae, sae, Source());

        Assert.Equal(-1, pairs.OfFirst[0].Latent);
        Assert.True(double.IsNaN(pairs.MedianCorrelation));
        Assert.Equal(1, pairs.MostMaskedOfFirst[0].MaskedCosine, 1e-9);
    }

    [Fact]
    public void Data_of_another_width_is_refused()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend, 30, 1);
        VectorSource wider = Source() with { DIn = DIn + 1 };

        Assert.Contains(
            "as wide as the model, DIn = 10, but is 11 wide",
            Assert.Throws<InvalidDataException>(() => new UniversalityPass().Run(sae, sae, wider)).Message);
        Assert.Throws<InvalidDataException>(() => new UniversalityPass().Sum(sae, sae, wider, 0, 1));
    }

    [Fact]
    public void Too_little_memory_is_refused()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend, 30, 1);

        Assert.Contains(
            "MemoryBytes must be at least 720",
            Assert.Throws<ArgumentException>(
                () => new UniversalityPass { MemoryBytes = 719 }.Run(sae, sae, Source())).Message);
    }

    private static Sae Model(IComputeBackend backend, int latents, ulong seed, string architecture = "topk")
    {
        SaeConfig config = new()
        {
            Architecture = architecture,
            DIn = DIn,
            DSae = latents,
            K = architecture == "topk" ? 4 : 0,
        };
        Sae sae = SaeArchitectures.Create(backend, config);
        RandomSequence random = new(seed, RandomPurpose.General);
        float[] rows = new float[latents * DIn];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = (float)random.NextNormal();
        }

        sae.Parameters.WEnc.Buffer.Upload(rows);
        return sae;
    }

    private static void Scale(RealBuffer buffer)
    {
        float[] values = new float[buffer.Length];
        buffer.Download(values);
        buffer.Upload(Array.ConvertAll(values, value => value * 3));
    }

    private static VectorSource Source() => new()
    {
        Count = Rows,
        DIn = DIn,
        Read = (first, to) =>
        {
            for (int row = 0; row < to.Length / DIn; row++)
            {
                RandomSequence random = new(71, RandomPurpose.General, first + row);
                for (int d = 0; d < DIn; d++)
                {
                    to[(row * DIn) + d] = (float)random.NextNormal();
                }
            }
        },
    };

    private static double[][] Dense(Sae sae)
    {
        DenseLatents dense = new(sae.Config.DSae, Rows);
        new LatentPass { Collectors = [dense] }.Run(sae, Source());
        return dense.Values;
    }

    private static double Pearson(double[] x, double[] y)
    {
        double meanX = x.Average();
        double meanY = y.Average();
        double covariance = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum();
        return covariance / Math.Sqrt(
            x.Sum(a => (a - meanX) * (a - meanX)) * y.Sum(b => (b - meanY) * (b - meanY)));
    }

    private static double Masked(double[] x, double[] y)
    {
        double Cosine(Func<int, bool> where)
        {
            int[] rows = [.. Enumerable.Range(0, Rows).Where(where)];
            double product = rows.Sum(row => x[row] * y[row]);
            return product == 0
                ? 0
                : product / Math.Sqrt(rows.Sum(row => x[row] * x[row]) * rows.Sum(row => y[row] * y[row]));
        }

        return Math.Max(Cosine(row => x[row] != 0), Cosine(row => y[row] != 0));
    }

    private sealed class DenseLatents(int latents, int rows) : LatentCollector
    {
        public double[][] Values { get; } = [.. Enumerable.Range(0, latents).Select(_ => new double[rows])];

        public override void Add(in LatentBatch batch)
        {
            for (int row = 0; row < batch.Rows; row++)
            {
                for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
                {
                    this.Values[batch.Latents[entry]][batch.FirstRow + row] = batch.Values[entry];
                }
            }
        }
    }
}
