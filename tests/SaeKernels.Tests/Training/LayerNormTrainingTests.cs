using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class LayerNormTrainingTests
{
    private const int Rows = 300;

    private static readonly TrainingOptions Small = new()
    {
        Latents = 48,
        K = 4,
        Batch = 64,
        Steps = 30,
        LearningRate = 2e-3,
        DataSeed = 3,
        Normalize = NormalizationKind.LayerNorm,
        CheckpointEvery = 10,
    };

    [Theory]
    [InlineData("topk")]
    [InlineData("crosscoder-batchtopk")]
    public void Figures_are_those_of_raw_vectors_as_computed_by_hand(string architecture)
    {
        using TrainingData data = new(Rows, dIn: 9);
        using CpuBackend backend = new(1);
        string folder = TrainingRuns.TrainOn(backend, data, "run", Small with { Architecture = architecture });
        JsonNode described = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "cfg.json")))!;
        Assert.Equal("layer_norm", described["normalize_activations"]!.GetValue<string>());
        using Sae sae = SaeLensLayout.Load(folder, backend);
        Assert.True(sae.Config.HasLayerNorm);
        using ActivationStore store = data.OpenFor(architecture);

        EvaluationResult found = SaeEvaluator.Evaluate(sae, store, RowSet.All(store));
        float[] raw = new float[Rows * store.DIn];
        store.Read(0, raw);
        double[] expected = ReconstructByHand(backend, folder, raw, sae.Config.SiteWidths);

        // Each reconstruction is rounded twice where the hand rounds once: 2⁻²³ of its length, against the error.
        double mse = raw.Zip(expected).Sum(pair => Math.Pow(pair.First - pair.Second, 2)) / Rows;
        double length = raw.Sum(x => (double)x * x) / Rows;
        Assert.Equal(mse, found.Mse, 4 * Math.ScaleB(1, -23) * Math.Sqrt(mse * length));
        Assert.True(found.Fvu < 1, $"{found.Fvu}");
    }

    [Fact]
    public void Runs_side_by_side_and_a_run_that_resumes_end_in_the_bits_of_one_on_its_own()
    {
        using TrainingData data = new(Rows, dIn: 9);
        string alone = TrainingRuns.Train(new CpuBackend(1), data, "alone", Small);
        string interrupted = TrainingRuns.Train(new CpuBackend(2), data, "interrupted", Small, stopAt: 17);
        using CpuBackend backend = new(1);
        using CpuBackend other = new(1);
        using ActivationStore store = data.Open();
        using (TrainingSession session = TrainingSession.Resume(backend, store, interrupted))
        {
            Assert.Equal(17, session.Step);
            Assert.True(session.Run().Completed);
        }

        string[] together = [data.Run("a"), data.Run("b")];
        using (TrainingGroup group =
            TrainingGroup.Start([backend, other], store, [Small, Small with { K = 6 }], together))
        {
            Assert.All(group.Run(), outcome => Assert.True(outcome!.Completed));
        }

        Assert.Equal(TrainingData.HashOfWeights(alone), TrainingData.HashOfWeights(interrupted));
        Assert.Equal(TrainingData.HashOfWeights(alone), TrainingData.HashOfWeights(together[0]));
    }

    [Fact]
    public void Codes_alone_make_no_reconstruction()
    {
        using TrainingData data = new(Rows, dIn: 9);
        using CpuBackend backend = new(1);
        string folder = TrainingRuns.TrainOn(backend, data, "run", Small);
        using Sae sae = SaeLensLayout.Load(folder, backend);
        using ActivationStore store = data.Open();
        SaeCodes codes = SaeCodes.Measure(sae, store, [64]);
        string file = data.Run("a.codes");
        _ = codes.Write(file, codes.Precisions[0]);

        double mse = SaeEvaluator.Evaluate(sae, store, RowSet.All(store)).Mse;
        Assert.Equal(mse, codes.Mse, 1e-9 * mse);
        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => DecodedCodes.WriteReconstructions(file, sae, data.Run("x.npy")));
        Assert.Contains("the mean and the deviation of each vector", fault.Message, StringComparison.Ordinal);
        using RealBuffer buffer = backend.AllocateReal("x", 9);
        using SparseCodes none = sae.AllocateCodes(1);
        Assert.Throws<InvalidOperationException>(() => sae.Decode(none, new RealMatrix(buffer, 1, 9)));
    }

    [Theory]
    [InlineData("topk", new[] { 1 }, "vectors of width 1")]
    [InlineData("crosscoder", new[] { 4, 1 }, "vectors of width 1")]
    [InlineData("transcoder", new[] { 4, 5 }, "for transcoder")]
    public void What_has_no_deviation_or_does_not_know_it_is_refused(string architecture, int[] sites, string found)
    {
        TrainingOptions options = new()
        {
            Architecture = architecture,
            Latents = 8,
            Normalize = NormalizationKind.LayerNorm,
        };
        ArgumentException fault =
            Assert.Throws<ArgumentException>(() => TrainingPlan.Create(options, sites, trainingRows: 100));
        Assert.Contains(found, fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Reconstructs with the saved weights alone: the mean and the deviation are computed here.</summary>
    private static double[] ReconstructByHand(
        CpuBackend backend, string folder, float[] raw, IReadOnlyList<int> widths)
    {
        string plain = Path.Combine(folder, "plain");
        Directory.CreateDirectory(plain);
        foreach (string name in (string[])["cfg.json", "sae_weights.safetensors"])
        {
            File.Copy(Path.Combine(folder, name), Path.Combine(plain, name));
        }

        string config = Path.Combine(plain, "cfg.json");
        JsonNode root = JsonNode.Parse(File.ReadAllText(config))!;
        root["normalize_activations"] = "none";
        File.WriteAllText(config, root.ToJsonString());
        using Sae sae = SaeLensLayout.Load(plain, backend);
        Assert.False(sae.Config.HasLayerNorm);
        (double Mean, double Deviation)[] moments = Moments(raw, widths);
        float[] normalized =
            [.. raw.Select((x, i) => (float)((x - moments[i].Mean) / (moments[i].Deviation + 1e-5)))];
        using RealBuffer x = backend.AllocateReal("x", raw.Length);
        using RealBuffer y = backend.AllocateReal("y", raw.Length);
        using SparseCodes codes = sae.AllocateCodes(Rows);
        x.Upload(normalized.AsSpan());
        sae.Encode(new RealMatrix(x, Rows, sae.Config.DIn), codes);
        sae.Decode(codes, new RealMatrix(y, Rows, sae.Config.DIn));
        float[] found = new float[raw.Length];
        y.Download(found.AsSpan());
        return [.. found.Select((value, i) => (value * moments[i].Deviation) + moments[i].Mean)];
    }

    /// <summary>The mean and the deviation that belong to each element.</summary>
    private static (double Mean, double Deviation)[] Moments(float[] raw, IReadOnlyList<int> widths)
    {
        (double, double)[] moments = new (double, double)[raw.Length];
        for (int first = 0, site = 0; first < raw.Length; first += widths[site], site = (site + 1) % widths.Count)
        {
            float[] numbers = raw[first..(first + widths[site])];
            double mean = numbers.Average(x => (double)x);
            double squares = numbers.Sum(x => (x - mean) * (x - mean));
            Array.Fill(moments, (mean, Math.Sqrt(squares / (numbers.Length - 1))), first, numbers.Length);
        }

        return moments;
    }
}
