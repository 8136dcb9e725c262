using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class TrainingGroupTests
{
    private static readonly TrainingOptions Small = new()
    {
        Latents = 48,
        K = 4,
        Batch = 64,
        Steps = 40,
        DataSeed = 5,
        Normalize = NormalizationKind.Mean,
        DeadAfterTokens = 640,
        CheckpointEvery = 9,
        LogEvery = 1,
    };

    private static readonly TrainingOptions[] Runs =
    [
        Small,
        Small with { K = 7, Seed = 6, LearningRate = 3e-3 },
        Small with { Architecture = "batchtopk", Latents = 33, Steps = 29 },
        Small with { Architecture = "relu", K = null, L1Coefficient = 0.05, Seed = 8 },
        Small with { Architecture = "jumprelu", Latents = 40 },
        Small with
        {
            Architecture = "relu",
            K = null,
            L1Coefficient = 0.4,
            EmaDecay = 0.9,
            DeadAfterTokens = 64,
            ResampleEvery = 9,
            ResampleVectors = 128,
        },
        Small with { Architecture = "p-anneal", Optimizer = OptimizerKind.Muon, Seed = 9 },
    ];

    [Fact]
    public void Each_run_ends_in_the_bits_of_the_run_on_its_own()
    {
        using TrainingData data = new(rows: 700, dIn: 13);
        string[] together = Names(data, "together");
        Train(data, together, stopAt: null);
        string[] alone = Alone(data);
        for (int run = 0; run < Runs.Length; run++)
        {
            RequireSame(alone[run], together[run]);
        }
    }

    [Fact]
    public void Interrupted_and_resumed_runs_end_in_the_same_bits_too()
    {
        using TrainingData data = new(rows: 700, dIn: 13);
        string[] together = Names(data, "together");
        Train(data, together, stopAt: 17);
        using (ActivationStore store = data.Open())
        using (Backends backends = new(Runs.Length))
        using (TrainingGroup group = TrainingGroup.Resume(backends.All, store, together))
        {
            Assert.Contains(group.Sessions, session => session.Step is > 0 and < 40);
            Assert.All(group.Run(), outcome => Assert.True(outcome!.Completed));
        }

        string[] alone = Alone(data);
        for (int run = 0; run < Runs.Length; run++)
        {
            RequireSame(alone[run], together[run]);
        }
    }

    [Fact]
    public void Runs_on_one_backend_take_turns()
    {
        using TrainingData data = new(rows: 300, dIn: 7);
        string[] folders = [data.Run("a"), data.Run("b")];
        using (ActivationStore store = data.Open())
        using (CpuBackend backend = new(2))
        using (TrainingGroup group = TrainingGroup.Start([backend], store, Runs[..2], folders))
        {
            Assert.All(group.Run(untilStep: 15), outcome => Assert.Equal(15, outcome!.Step));
            Assert.All(group.Run(), outcome => Assert.True(outcome!.Completed));
            Assert.All(group.Evaluate(), figures => Assert.True(figures!.Fvu < 1));
        }

        for (int run = 0; run < 2; run++)
        {
            RequireSame(Single(data, Runs[run], $"alone-{run}"), folders[run]);
        }
    }

    [Fact]
    public void A_batch_is_loaded_once_for_all_runs()
    {
        using TrainingData data = new(rows: 300, dIn: 7);
        using ActivationStore store = data.Open();
        using CpuBackend backend = new(2);
        using TimedBackend timed = new(backend);
        TrainingOptions[] options = [.. Runs[..3].Select(run => run with { Steps = 13 })];
        using TrainingGroup group = TrainingGroup.Start(
            [timed], store, options, [.. options.Select((_, run) => data.Run($"{run}"))]);
        timed.Begin();
        group.Run();

        IReadOnlyList<OperationSample> samples = timed.End();
        Assert.Equal(13, samples.Count(sample => sample.Name.StartsWith("LoadBatch", StringComparison.Ordinal)));
        Assert.Equal(3 * 13, samples.Count(sample => sample.Name.StartsWith("Center", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("skip-transcoder")]
    [InlineData("crosscoder")]
    public void Runs_on_two_sites_share_batches(string architecture)
    {
        using TrainingData data = new(rows: 300, dIn: 7);
        TrainingOptions run = Small with { Architecture = architecture, Steps = 13 };
        TrainingOptions[] options = [run, run with { Seed = 6 }];
        string[] together = [data.Run("together-0"), data.Run("together-1")];
        using (ActivationStore store = data.OpenFor(architecture))
        using (Backends backends = new(2))
        using (TrainingGroup group = TrainingGroup.Start(backends.All, store, options, together))
        {
            Assert.All(group.Run(), outcome => Assert.True(outcome!.Completed));
        }

        for (int i = 0; i < options.Length; i++)
        {
            RequireSame(Single(data, options[i], $"alone-{i}"), together[i]);
        }
    }

    [Fact]
    public void A_run_that_diverges_lets_the_others_go_on()
    {
        using TrainingData data = new(rows: 300, dIn: 7);
        // Beyond float32: the loss is infinite at once.
        TrainingOptions[] options = [Small, Small with { Architecture = "relu", K = null, L1Coefficient = 1e300 }];
        using ActivationStore store = data.Open();
        using Backends backends = new(2);
        using TrainingGroup group = TrainingGroup.Start(
            backends.All, store, options, [data.Run("good"), data.Run("bad")]);
        IReadOnlyList<TrainingOutcome?> outcomes = group.Run();

        Assert.True(outcomes[0]!.Completed);
        Assert.Null(outcomes[1]);
        IReadOnlyList<EvaluationResult?> figures = group.Evaluate();
        Assert.NotNull(figures[0]);
        Assert.Null(figures[1]);
    }

    [Fact]
    public void A_run_that_is_found_to_have_diverged_at_a_pause_lets_the_others_be_saved_and_go_on()
    {
        using TrainingData data = new(rows: 300, dIn: 7);
        // No logging step before the pause tells of it.
        TrainingOptions bad = Small with { Architecture = "relu", K = null, L1Coefficient = 1e300, LogEvery = 1000 };
        string[] folders = [data.Run("bad"), data.Run("good")];
        using ActivationStore store = data.Open();
        using Backends backends = new(2);
        using TrainingGroup group = TrainingGroup.Start(backends.All, store, [bad, Small], folders);

        Assert.Equal([null, 15L], group.Run(untilStep: 15).Select(outcome => outcome?.Step));
        Assert.True(File.Exists(new RunFolder(folders[1]).ModelWeightsFile));
        Assert.Equal([null, 40L], group.Run().Select(outcome => outcome?.Step));
        RequireSame(Single(data, Small, "alone"), folders[1]);
    }

    [Fact]
    public void Runs_that_cannot_share_batches_are_refused()
    {
        using TrainingData data = new(rows: 300, dIn: 7);
        using ActivationStore store = data.Open();
        using CpuBackend backend = new(1);
        foreach ((TrainingOptions other, string name) in new (TrainingOptions, string)[]
        {
            (Small with { Batch = 32 }, "Batch"),
            (Small with { DataSeed = 4 }, "DataSeed"),
            (Small with { Holdout = 0.2 }, "Holdout"),
            (Small with { Normalize = NormalizationKind.None }, "Normalize"),
        })
        {
            ArgumentException fault = Assert.Throws<ArgumentException>(
                () => TrainingGroup.Start([backend], store, [Small, other], [data.Run("a"), data.Run("b")]));
            Assert.Contains($"must have the same {name}", fault.Message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => TrainingGroup.Start([backend], store, [], []));
    }

    [Fact]
    public void The_data_seed_orders_the_data_and_the_seed_the_weights()
    {
        using TrainingData data = new(rows: 300, dIn: 7);
        string first = Single(data, Small with { Seed = 1, Steps = 2 }, "first");
        string second = Single(data, Small with { Seed = 1, DataSeed = 9, Steps = 2 }, "second");
        string third = Single(data, Small with { Seed = 9, DataSeed = null, Steps = 2 }, "third");
        string fourth = Single(data, Small with { Seed = 9, DataSeed = 9, Steps = 2 }, "fourth");

        Assert.NotEqual(TrainingData.HashOfWeights(first), TrainingData.HashOfWeights(second));
        Assert.Equal(TrainingData.HashOfWeights(third), TrainingData.HashOfWeights(fourth));
    }

    private static string[] Names(TrainingData data, string name) =>
        [.. Runs.Select((_, run) => data.Run($"{name}-{run}"))];

    private static void Train(TrainingData data, string[] folders, long? stopAt)
    {
        using ActivationStore store = data.Open();
        using Backends backends = new(Runs.Length);
        using TrainingGroup group = TrainingGroup.Start(backends.All, store, Runs, folders);
        using CancellationTokenSource cancellation = new();
        IReadOnlyList<TrainingOutcome?> outcomes = group.Run(
            (_, progress) =>
            {
                if (progress.Step == stopAt)
                {
                    cancellation.Cancel();
                }
            },
            cancellation: cancellation.Token);
        Assert.Equal(stopAt is null, outcomes.All(outcome => outcome!.Completed));
    }

    private static string[] Alone(TrainingData data) =>
        [.. Runs.Select((options, run) => Single(data, options, $"alone-{run}"))];

    private static string Single(TrainingData data, TrainingOptions options, string name)
    {
        string folder = data.Run(name);
        using ActivationStore store = data.OpenFor(options.Architecture);
        using CpuBackend backend = new(2);
        using TrainingSession session = TrainingSession.Start(backend, store, options, folder);
        Assert.True(session.Run().Completed);
        return folder;
    }

    private static void RequireSame(string expected, string found)
    {
        Assert.Equal(TrainingData.HashOfWeights(expected), TrainingData.HashOfWeights(found));
        Assert.Equal(
            MetricsLog.Read(new RunFolder(expected).MetricsFile).Select(Figures),
            MetricsLog.Read(new RunFolder(found).MetricsFile).Select(Figures));
    }

    private static MetricsRow Figures(MetricsRow row) => row with { TokensPerSecond = 0, ElapsedSeconds = 0 };

    private sealed class Backends(int count) : IDisposable
    {
        public IReadOnlyList<IComputeBackend> All { get; } =
            [.. Enumerable.Range(0, count).Select(_ => new CpuBackend(1))];

        public void Dispose()
        {
            foreach (IComputeBackend backend in this.All)
            {
                backend.Dispose();
            }
        }
    }
}
