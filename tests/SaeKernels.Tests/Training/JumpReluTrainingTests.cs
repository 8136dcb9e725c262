using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class JumpReluTrainingTests
{
    [Fact]
    public void Resuming_gives_the_same_weights_bit_for_bit_and_the_model_comes_back_from_its_folder()
    {
        using TrainingData data = new(rows: 900, dIn: 9);
        TrainingOptions options = Options() with { Steps = 40, CheckpointEvery = 7 };
        string whole = TrainingRuns.Train(new CpuBackend(1), data, "whole", options, stopAt: null);
        string interrupted = TrainingRuns.Train(new CpuBackend(3), data, "interrupted", options, stopAt: 17);
        using (CpuBackend backend = new(2))
        using (ActivationStore store = data.Open())
        using (TrainingSession session = TrainingSession.Resume(backend, store, interrupted))
        {
            Assert.Equal(17, session.Step);
            Assert.True(session.Run().Completed);
        }

        Assert.Equal(TrainingData.HashOfWeights(whole), TrainingData.HashOfWeights(interrupted));
        string config = File.ReadAllText(Path.Combine(whole, SaeLensLayout.ConfigFileName));
        Assert.Contains("\"architecture\": \"jumprelu\"", config, StringComparison.Ordinal);
        using CpuBackend cpu = new(1);
        using Sae sae = SaeLensLayout.Load(whole, cpu);
        Assert.Equal(new SaeConfig { Architecture = "jumprelu", DIn = 9, DSae = 48 }, sae.Config);
        float[] thresholds = new float[48];
        sae.Parameters.LatentVector(LatentVector.ThresholdName).Download(thresholds);
        Assert.True(thresholds.Distinct().Count() > 24);
        Assert.All(thresholds, threshold => Assert.True(threshold >= 0));
    }

    [Fact]
    public void A_wanted_number_of_active_latents_is_reached()
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = Options() with { K = 4, L1Coefficient = null, Steps = 800, LearningRate = 5e-3 };
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        Assert.True(session.Run().Completed);

        EvaluationResult evaluation = session.Evaluate()!;
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.True(rows[0].L0 > 12, $"L0 begins at {rows[0].L0}");
        Assert.InRange(evaluation.L0, 0.9 * 4, 1.1 * 4);
        Assert.True(rows[^1].Fvu < 0.5 * rows[0].Fvu, $"FVU from {rows[0].Fvu} to {rows[^1].Fvu}");
    }

    private static TrainingOptions Options() => new()
    {
        Architecture = "jumprelu",
        L1Coefficient = 0.01,
        Latents = 48,
        Batch = 64,
        LogEvery = 1,
        DeadAfterTokens = 640,
    };
}
