using System.Text.Json.Nodes;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class BatchTopKTrainingTests
{
    private static readonly TrainingOptions Small = new()
    {
        Architecture = "batchtopk",
        Latents = 48,
        K = 4,
        Batch = 64,
        Steps = 400,
        LearningRate = 5e-3,
        DeadAfterTokens = 640,
        LogEvery = 1,
    };

    [Fact]
    public void The_threshold_is_a_running_mean_of_what_batches_cut()
    {
        using CpuBackend backend = new(1);
        TrainingPlan plan = TrainingPlan.Create(
            new TrainingOptions { Architecture = "batchtopk", Latents = 2, K = 1, Batch = 2, Steps = 9 }, 2, 100);
        using TrainingState state = new(backend, plan, Normalization.Identity, variance: 1);
        // Latent j sees element j; the two largest of the four are kept.
        state.Parameters.WEnc.Buffer.Upload([1f, 0, 0, 1]);

        state.Advance([3f, 1, 2, 0]);
        Assert.Equal(2, state.Objective.SaveState()["running_threshold"]);
        Assert.Equal([2f, 2f], Thresholds(state));

        // The first step moves the weights a little.
        state.Advance([30f, 10, 20, 0]);
        double second = state.Objective.SaveState()["running_threshold"];
        Assert.InRange((second - (0.99 * 2)) / 0.01, 18, 22);
    }

    [Fact]
    public void The_mean_begins_anew_where_k_falls()
    {
        using CpuBackend backend = new(1);
        TrainingOptions options = new()
        {
            Architecture = "batchtopk",
            Latents = 2,
            K = 1,
            KStart = 2,
            KAnnealSteps = 2,
            Batch = 2,
            Steps = 9,
            LearningRate = 1e-9,
        };
        using TrainingState state =
            new(backend, TrainingPlan.Create(options, 2, 100), Normalization.Identity, variance: 1);
        state.Parameters.WEnc.Buffer.Upload([1f, 0, 0, 1]);

        // Two steps keep all three that are positive, the third one the two largest.
        state.Advance([3f, 1, 2, 0]);
        state.Advance([3f, 1, 2, 0]);
        Assert.Equal(1, state.Objective.SaveState()["running_threshold"], 1e-6);
        state.Advance([3f, 1, 2, 0]);
        Assert.Equal(2, state.Objective.SaveState()["running_threshold"], 1e-6);
    }

    [Fact]
    public void Held_out_vectors_have_about_K_active_latents_and_the_figures_of_training()
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, Small, data.Run("run"));
        Assert.True(session.Run().Completed);

        EvaluationResult evaluation = session.Evaluate()!;
        MetricsRow last = MetricsLog.Read(session.Folder.MetricsFile)[^1];
        Assert.Equal(4, last.L0, 1e-6);
        Assert.Equal(4, evaluation.L0, 0.4);
        Assert.Equal(last.Fvu, evaluation.Fvu, 0.3 * last.Fvu);
    }

    [Fact]
    public void A_saved_model_is_a_jumprelu_model_of_SAELens()
    {
        using TrainingData data = new(rows: 500, dIn: 9);
        using CpuBackend backend = new(1);
        using ActivationStore store = data.Open();
        using TrainingSession session =
            TrainingSession.Start(backend, store, Small with { Steps = 20 }, data.Run("run"));
        session.Run();

        JsonObject config = JsonNode.Parse(File.ReadAllText(Path.Combine(data.Run("run"), "cfg.json")))!.AsObject();
        Assert.Equal("jumprelu", (string?)config["architecture"]);
        Assert.False(config.ContainsKey("k"));
        using SafetensorsFile file = SafetensorsFile.Open(session.Folder.ModelWeightsFile);
        TensorInfo threshold = file.Tensors["threshold"];
        Assert.Equal([48L], threshold.Shape);
        float[] values = new float[48];
        file.ReadSingles(threshold, 0, values);
        Assert.All(values, value => Assert.True(value > 0 && value == values[0], $"{value}"));
        using Sae sae = SaeLensLayout.Load(data.Run("run"), backend);
        Assert.Equal(new SaeConfig { Architecture = "batchtopk", DIn = 9, DSae = 48, K = 4 }, sae.Config);
    }

    [Fact]
    public void K_falls_linearly_from_its_start()
    {
        using TrainingData data = new(rows: 500, dIn: 9);
        using CpuBackend backend = new(1);
        using ActivationStore store = data.Open();
        TrainingOptions options =
            Small with { Architecture = "topk", KStart = 12, KAnnealSteps = 8, Steps = 20, LearningRate = 1e-9 };
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        session.Run();

        double[] active = [.. MetricsLog.Read(session.Folder.MetricsFile).Select(row => row.L0)];
        Assert.Equal(active.Max(), active[0]);
        Assert.True(active[0] > 8, $"{active[0]}");
        Assert.All(active.Take(8).Zip(active.Skip(1)), pair => Assert.True(pair.Second < pair.First + 0.2));
        Assert.All(active.Skip(8), l0 => Assert.True(l0 <= 4, $"{l0}"));
    }

    [Theory]
    [InlineData(3, null, "KStart must be between K = 4 and Latents = 48, but is 3")]
    [InlineData(null, 5, "KAnnealSteps must be left out without KStart, but is 5")]
    public void Annealing_that_makes_no_sense_is_refused(int? start, int? steps, string message)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => TrainingPlan.Create(Small with { KStart = start, KAnnealSteps = steps }, 16, 1000));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private static float[] Thresholds(TrainingState state)
    {
        float[] values = new float[2];
        state.Parameters.LatentVector(LatentVector.ThresholdName).Download(values);
        return values;
    }
}
