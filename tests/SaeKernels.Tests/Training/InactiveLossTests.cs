using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>JumpReLU with a penalty that saturates, and the loss on what is not active.</summary>
public class InactiveLossTests
{
    [Fact]
    public void A_wanted_number_of_active_latents_is_reached()
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = new()
        {
            Architecture = "jumprelu-tanh",
            K = 4,
            Latents = 48,
            Batch = 64,
            Steps = 800,
            LearningRate = 5e-3,
            DeadAfterTokens = 6400,
        };
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        Assert.True(session.Run().Completed);

        EvaluationResult evaluation = session.Evaluate()!;
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.True(rows[0].L0 > 12, $"L0 begins at {rows[0].L0}");
        Assert.InRange(evaluation.L0, 0.8 * 4, 1.2 * 4);
        Assert.True(rows[^1].Fvu < 0.5 * rows[0].Fvu, $"FVU from {rows[0].Fvu} to {rows[^1].Fvu}");
    }

    [Fact]
    public void A_given_weight_rises_over_the_whole_run_and_an_adapted_one_over_half_of_it()
    {
        TrainingOptions options = new() { Architecture = "jumprelu-tanh", Steps = 1000 };
        Assert.Equal(500, TrainingPlan.Create(options, 16, 1000).L1WarmupSteps);
        TrainingPlan plan = TrainingPlan.Create(options with { L1Coefficient = 0.1 }, 16, 1000);
        Assert.Equal((1000, 3e-6), (plan.L1WarmupSteps, plan.InactiveCoefficient));
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => TrainingPlan.Create(
            new TrainingOptions { InactiveCoefficient = 0.1 }, 16, 1000));
        Assert.Contains("InactiveCoefficient must be left out for topk", refusal.Message, StringComparison.Ordinal);
    }
}
