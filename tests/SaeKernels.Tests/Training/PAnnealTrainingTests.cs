using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class PAnnealTrainingTests
{
    [Fact]
    public void The_exponent_falls_in_ten_parts_and_the_penalty_does_not_jump_with_it()
    {
        using TrainingData data = new(rows: 2000, dIn: 16);
        TrainingOptions options = new()
        {
            Architecture = "p-anneal",
            L1Coefficient = 0.2,
            Latents = 48,
            Batch = 256,
            Steps = 400,
            LearningRate = 1e-5,
            LogEvery = 1,
        };
        using CpuBackend backend = new(2);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        session.Run();

        // λ changes with the exponent, after the 20 steps over which it rises: at step 40, 71, …, 320.
        MetricsRow[] rows = [.. MetricsLog.Read(session.Folder.MetricsFile)];
        long[] changes = [.. Enumerable.Range(0, 10).Select(i => 40 + (i * 280L / 9))];
        MetricsRow[] before = [.. changes.Select(step => rows[step - 2])];
        MetricsRow[] after = [.. changes.Select(step => rows[step - 1])];
        Assert.Equal(
            changes,
            rows.Skip(20).Zip(rows.Skip(21))
                .Where(pair => pair.First.SparsityCoefficient != pair.Second.SparsityCoefficient)
                .Select(pair => pair.Second.Step));

        // The rate is so small that only the batches differ: their penalties spread by less than a tenth.
        Assert.All(before.Zip(after), pair => Assert.Equal(
            pair.First.Loss - pair.First.Fvu,
            pair.Second.Loss - pair.Second.Fvu,
            0.1 * (pair.First.Loss - pair.First.Fvu)));
    }

    [Fact]
    public void An_exponent_outside_its_range_or_of_another_architecture_is_refused()
    {
        TrainingOptions options = new() { Architecture = "p-anneal", EndExponent = 1.5 };
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => TrainingPlan.Create(options, 16, 1000));
        Assert.Contains("EndExponent must be above 0 and at most 1, but is 1.5", refusal.Message);
        refusal = Assert.Throws<ArgumentException>(
            () => TrainingPlan.Create(options with { Architecture = "relu" }, 16, 1000));
        Assert.Contains("EndExponent must be left out for relu", refusal.Message);
    }
}
