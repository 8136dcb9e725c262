using SaeKernels.Cpu;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>Which latent is active before and after another one, for all latents of a model.</summary>
public class LaggedPartnerSearchTests
{
    private const int Latents = 8;
    private const int Rows = 4000;
    private const int Length = 50;

    [Fact]
    public void The_partner_is_the_planted_one_at_the_planted_lag()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        (VectorSource source, long[] active) = Data();
        LaggedPartners partners = new LaggedPartnerSearch { MaxLag = 4 }.Run(sae, source, active);

        // 0 → 1 after two tokens, 1 → 2 after one more; 7 is active three times only.
        Assert.Equal((1, 2), Of(partners.Later[0]));
        Assert.Equal((0, 2), Of(partners.Earlier[1]));
        Assert.Equal((2, 1), Of(partners.Later[1]));
        Assert.Equal((1, 1), Of(partners.Earlier[2]));
        Assert.Equal(LaggedPartner.None, partners.Later[7]);
        Assert.DoesNotContain(partners.Later.Concat(partners.Earlier), one => one.Latent == 7);
        Assert.True(partners.Later[0].Correlation > 0.7);
    }

    [Fact]
    public void Blocks_batches_and_choices_change_no_partner()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        (VectorSource source, long[] active) = Data();
        LaggedPartners whole = new LaggedPartnerSearch { MaxLag = 4 }.Run(sae, source, active);
        LaggedPartnerSearch small = new() { MaxLag = 4, Batch = 7, MemoryBytes = 3 * 8 * 9 * Latents };
        LaggedPartners parts = small.Run(sae, source, active);
        LaggedPartners some = new LaggedPartnerSearch { MaxLag = 4 }.Run(sae, source, active, of: [2, 0]);

        Assert.Equal(3, small.Passes(active));
        Assert.Equal(whole.Later, parts.Later);
        Assert.Equal(whole.Earlier, parts.Earlier);
        Assert.Equal(whole.Later[0], some.Later[0]);
        Assert.Equal(whole.Earlier[2], some.Earlier[2]);
        Assert.Equal(LaggedPartner.None, some.Later[1]);
        Assert.Contains("MemoryBytes", Assert.Throws<ArgumentException>(
            () => new LaggedPartnerSearch { MemoryBytes = 10 }.Run(sae, source, active)).Message);
    }

    [Fact]
    public void Shards_in_any_order_change_no_partner()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        (VectorSource source, long[] active) = Data();
        LaggedPartnerSearch search = new() { MaxLag = 4, MemoryBytes = 3 * 8 * 9 * Latents };
        LaggedPartners whole = search.Run(sae, source, active);
        Assert.Contains(whole.Later, partner => partner.Latent >= 0);
        (long, long)[] shards = [(0, 1), (1, 7), (8, source.Count - 8), (5, 0)];
        foreach (int[] order in (int[][])[[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]])
        {
            LaggedPartners found = search.Find(Latents, search.Blocks(active).Select(block =>
            {
                CrossCorrelationMetric[] parts =
                    Array.ConvertAll(order, place => search.Count(sae, source, active, block, shards[place]));
                Array.ForEach(parts[1..], parts[0].Merge);
                return parts[0];
            }));

            Assert.Equal(whole.Later, found.Later);
            Assert.Equal(whole.Earlier, found.Earlier);
        }
    }

    [Fact]
    public void Without_documents_nobody_has_a_partner()
    {
        using CpuBackend backend = new();
        using Sae sae = Model(backend);
        (VectorSource source, long[] active) = Data();
        LaggedPartners partners = new LaggedPartnerSearch().Run(
            sae, source with { ReadDocumentIds = null, ReadPositions = null }, active);

        Assert.All(partners.Later.Concat(partners.Earlier), one => Assert.Equal(LaggedPartner.None, one));
    }

    private static (int Latent, int Lag) Of(LaggedPartner partner) => (partner.Latent, partner.Lag);

    /// <summary>A model whose latents are the elements of the vectors.</summary>
    private static Sae Model(CpuBackend backend)
    {
        Sae sae = SaeArchitectures.Create(
            backend, new SaeConfig { Architecture = "relu", DIn = Latents, DSae = Latents });
        float[] identity = new float[Latents * Latents];
        for (int i = 0; i < Latents; i++)
        {
            identity[(i * Latents) + i] = 1;
        }

        sae.Parameters.WEnc.Buffer.Upload(identity);
        sae.Parameters.WDec.Buffer.Upload(identity);
        return sae;
    }

    private static (VectorSource Source, long[] Active) Data()
    {
        RandomSequence random = new(12, RandomPurpose.General);
        float[] vectors = new float[Rows * Latents];
        for (int row = 0; row < Rows; row++)
        {
            for (int latent = 0; latent < Latents - 1; latent++)
            {
                bool isFollower = latent is 1 or 2;
                vectors[(row * Latents) + latent] += random.NextDouble() < (isFollower ? 0.01 : 0.1) ? 1 : 0;
            }

            Follow(row, 0, 1, 2);
            Follow(row, 1, 2, 1);
        }

        foreach (int row in (int[])[10, 700, 2000])
        {
            vectors[(row * Latents) + 7] = 1;
        }

        VectorSource source = new()
        {
            Count = Rows,
            DIn = Latents,
            Read = (first, to) => vectors.AsSpan((int)first * Latents, to.Length).CopyTo(to),
            ReadDocumentIds = (first, to) =>
            {
                for (int i = 0; i < to.Length; i++)
                {
                    to[i] = (first + i) / Length;
                }
            },
        };
        return (source, [.. Enumerable.Range(0, Latents).Select(
            latent => (long)Enumerable.Range(0, Rows).Count(row => vectors[(row * Latents) + latent] > 0))]);

        void Follow(int row, int leader, int follower, int distance)
        {
            if (row % Length >= distance && vectors[((row - distance) * Latents) + leader] > 0)
            {
                vectors[(row * Latents) + follower] = random.NextDouble() < 0.8 ? 1 : 0;
            }
        }
    }
}
