using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class ReluTrainingTests
{
    [Theory]
    [InlineData("relu")]
    [InlineData("relu-l1-norm")]
    public void Resuming_gives_the_same_weights_bit_for_bit_and_the_model_comes_back(string architecture)
    {
        using TrainingData data = new(rows: 900, dIn: 9);
        TrainingOptions options = Options(architecture) with { Steps = 40, CheckpointEvery = 7 };
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
        using CpuBackend cpu = new(1);
        using Sae sae = SaeLensLayout.Load(whole, cpu);
        Assert.Equal(new SaeConfig { Architecture = architecture, DIn = 9, DSae = 48 }, sae.Config);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("relu-l1-norm")]
    public void A_wanted_number_of_active_latents_is_reached_and_resumed_bit_for_bit(string architecture)
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = Options(architecture) with
        {
            L1Coefficient = null,
            K = 4,
            Steps = 800,
            LearningRate = 5e-3,
            CheckpointEvery = 300,
        };
        string whole = TrainingRuns.Train(new CpuBackend(1), data, "whole", options, stopAt: null);
        string interrupted = TrainingRuns.Train(new CpuBackend(2), data, "interrupted", options, stopAt: 411);
        using CpuBackend backend = new(2);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Resume(backend, store, interrupted);
        Assert.True(session.Run().Completed);

        Assert.Equal(TrainingData.HashOfWeights(whole), TrainingData.HashOfWeights(interrupted));
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.InRange(rows.TakeLast(100).Average(row => row.L0), 0.95 * 4, 1.05 * 4);
        Assert.InRange(session.Evaluate()!.L0, 0.9 * 4, 1.1 * 4);
        Assert.True(rows[0].SparsityCoefficient < rows[^1].SparsityCoefficient);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("relu-l1-norm")]
    public void Loss_falls_latents_become_few_and_held_out_figures_agree(string architecture)
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = Options(architecture) with { Steps = 500, LearningRate = 5e-3 };
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        Assert.True(session.Run().Completed);

        EvaluationResult evaluation = session.Evaluate()!;
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.True(rows[0].L0 > 12, $"L0 begins at {rows[0].L0}");
        Assert.True(rows[^1].L0 < rows[0].L0 / 2, $"L0 from {rows[0].L0} to {rows[^1].L0}");
        Assert.True(rows[^1].Fvu < 0.5 * rows[0].Fvu, $"FVU from {rows[0].Fvu} to {rows[^1].Fvu}");
        Assert.Equal(evaluation.L0, rows[^1].L0, 0.25 * rows[^1].L0);
    }

    [Fact]
    public async Task A_host_application_keeps_its_thread_pool_while_training_runs()
    {
        using TrainingData data = new(rows: 900, dIn: 9);
        Task<string> training = Task.Factory.StartNew(
            () => TrainingRuns.Train(new CpuBackend(64), data, "run", Options("relu") with { Steps = 300 }),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        int answers = 0;
        while (!training.IsCompleted)
        {
            // The pool starts as many threads as there are processors: were ours among them, this would wait for them.
            await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(() => { })));
            answers++;
        }

        await training;
        Assert.True(answers > 0);
        Assert.True(ThreadPool.ThreadCount < 64, $"{ThreadPool.ThreadCount} threads in the pool");
    }

    [Fact]
    public void What_does_not_belong_to_an_architecture_is_refused()
    {
        Refuses("K and L1Coefficient exclude each other, but are 4 and 0.2", Options("relu") with { K = 4 });
        Refuses("K must be between 1 and Latents = 48", Options("relu") with { K = 49, L1Coefficient = null });
        Refuses("AuxK must be left out for relu", Options("relu") with { AuxK = 4 });
        Refuses("AuxKAlpha must be left out for relu", Options("relu") with { AuxKAlpha = 0.5 });
        Refuses("L1Coefficient must be a number of at least 0", Options("relu") with { L1Coefficient = -1 });
        Refuses("L1Coefficient must be left out for topk", new TrainingOptions { L1Coefficient = 1 });
    }

    private static void Refuses(string message, TrainingOptions options)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => TrainingPlan.Create(options, 16, 1000));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private static TrainingOptions Options(string architecture) => new()
    {
        Architecture = architecture,
        L1Coefficient = 0.2,
        Latents = 48,
        Batch = 64,
        LogEvery = 1,
        DeadAfterTokens = 640,
    };
}
