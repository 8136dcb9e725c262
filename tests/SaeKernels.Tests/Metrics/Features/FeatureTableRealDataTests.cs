using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Metrics;

/// <summary>The table on activations of a language model, with its tokens, documents and positions.</summary>
public class FeatureTableRealDataTests
{
    private const int Latents = 512;
    private const int Rows = 20_000;

    [SkippableFact]
    public void Shards_cut_inside_documents_give_the_same_table_and_tokens_show()
    {
        string path = SharedData.Require("gptneo3m/act_l4.100k.safetensors");
        using CpuBackend backend = new();
        using ActivationStore store = ActivationStore.Open([path]);
        using Sae sae = OfExamples(backend, store);
        VectorSource source = StoreSource.Of(store) with { Count = Rows };
        IReadOnlyList<FeatureRow> whole = FeatureTable.Measure(sae, source);
        FeatureFirstPass first = FeatureFirstPass.Run(sae, source, (7001, Rows - 7001), new LatentPass { Batch = 999 });
        first.Merge(FeatureFirstPass.Run(sae, source, (0, 7001)));
        FeatureSecondPass second = FeatureSecondPass.Run(sae, source, first, (7001, Rows - 7001));
        second.Merge(FeatureSecondPass.Run(sae, source, first, (0, 7001)));
        IReadOnlyList<FeatureRow> parts = FeatureTable.Of(sae, first, second);
        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(whole[latent].ActiveTokens, parts[latent].ActiveTokens);
            Assert.Equal(whole[latent].RunLengthMean, parts[latent].RunLengthMean);
            Assert.Equal(whole[latent].Autocorrelation8, parts[latent].Autocorrelation8);
            Assert.Equal(whole[latent].PositionInformationBits, parts[latent].PositionInformationBits);
            Assert.Equal(whole[latent].UnigramTokens, parts[latent].UnigramTokens);
            Assert.Equal(whole[latent].UnigramPurity, parts[latent].UnigramPurity);
            Assert.Equal(whole[latent].Q50, parts[latent].Q50);
        }

        // Activations of a language model know their token: some directions stand for few tokens.
        Assert.Contains(whole, row => row.UnigramTokens is >= 1 and <= UnigramMetric.MostTokens);
        Assert.Contains(whole, row => row.UnigramPurity > 0.5);
        Assert.Equal(1, whole.Sum(row => row.DescriptionLengthShare), 1e-9);
        Assert.All(
            whole,
            row => Assert.InRange(row.PositionInformationBits, 0, HistogramEntropy.OfChoice(row.Density) + 1e-9));
    }

    /// <summary>An untrained model whose directions are centred activations, some hundred vectors apart.</summary>
    private static Sae OfExamples(CpuBackend backend, ActivationStore store)
    {
        SaeConfig config = new() { Architecture = "topk", DIn = store.DIn, DSae = Latents, K = 8 };
        Sae sae = SaeArchitectures.Create(backend, config);
        float[] rows = new float[Latents * store.DIn];
        float[] mean = new float[store.DIn];
        for (int latent = 0; latent < Latents; latent++)
        {
            store.Read(latent * 190L, rows.AsSpan(latent * store.DIn, store.DIn));
            for (int d = 0; d < mean.Length; d++)
            {
                mean[d] += rows[(latent * store.DIn) + d] / Latents;
            }
        }

        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] -= mean[i % store.DIn];
        }

        sae.Parameters.WEnc.Buffer.Upload(rows);
        sae.Parameters.WDec.Buffer.Upload(rows);
        sae.Parameters.BDec.Upload(mean);
        return sae;
    }
}
