using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class TrainingSessionTests
{
    private static readonly TrainingOptions Small = new()
    {
        Latents = 48,
        K = 4,
        Batch = 64,
        Steps = 60,
        DeadAfterTokens = 640,
        CheckpointEvery = 7,
        LogEvery = 1,
    };

    [Fact]
    public void Resuming_gives_the_same_weights_bit_for_bit()
    {
        using TrainingData data = new(rows: 1500, dIn: 17);
        string whole = Train(data, "whole", threads: 1, stopAt: null);
        string interrupted = Train(data, "interrupted", threads: 2, stopAt: 23);
        Assert.Equal(41, Resume(data, interrupted, threads: 3, stopAt: 41, expectedStart: 23));
        Assert.Equal(60, Resume(data, interrupted, threads: 1, stopAt: null, expectedStart: 41));

        Assert.Equal(TrainingData.HashOfWeights(whole), TrainingData.HashOfWeights(interrupted));
        Assert.Equal(Figures(whole), Figures(interrupted));
    }

    [Fact]
    public void Clipped_training_resumes_bit_for_bit_too()
    {
        using TrainingData data = new(rows: 700, dIn: 9);
        TrainingOptions clipped = Small with { MaxGradientNorm = 0.05, Normalize = NormalizationKind.Mean };
        string whole = Train(data, "whole", 2, null, clipped);
        string interrupted = Train(data, "interrupted", 1, 31, clipped);
        Resume(data, interrupted, 2, null, 31);
        Assert.Equal(TrainingData.HashOfWeights(whole), TrainingData.HashOfWeights(interrupted));
    }

    [Fact]
    public void Loss_falls_and_the_held_out_figures_are_written()
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(
            backend, store, Small with { Steps = 400, LearningRate = 5e-3 }, data.Run("run"));
        Assert.True(session.Run().Completed);

        EvaluationResult evaluation = session.Evaluate()!;
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.True(rows[^1].Loss < 0.5 * rows[0].Loss, $"{rows[0].Loss} to {rows[^1].Loss}");
        Assert.Equal(session.HeldOutVectors, evaluation.Tokens);
        Assert.True(evaluation.Fvu < 0.4, $"held-out FVU {evaluation.Fvu}");
        Assert.True(evaluation.L0 is > 1 and <= 4);
        Assert.Contains(
            "\"explained_variance\"", File.ReadAllText(session.Folder.EvaluationFile), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_checkpoints_are_kept_the_newest_is_the_last_step()
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        string run = Train(data, "run", 1, null);
        string[] files = Directory.GetFiles(new RunFolder(run).CheckpointFolder);
        Assert.Equal(2, files.Length);
        Assert.Equal(
            "step-000000000060.safetensors",
            Path.GetFileName(CheckpointFiles.Newest(new RunFolder(run).CheckpointFolder)));
    }

    [Fact]
    public void Changed_byte_of_a_checkpoint_is_found()
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        string run = Train(data, "run", 1, 10);
        string checkpoint = CheckpointFiles.Newest(new RunFolder(run).CheckpointFolder)!;
        byte[] bytes = File.ReadAllBytes(checkpoint);
        bytes[^1000] ^= 1;
        File.WriteAllBytes(checkpoint, bytes);

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => Resume(data, run, 1, null, 10));
        Assert.Contains("must match their checksum", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoint_of_another_shape_is_refused()
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        string run = Train(data, "run", 1, 10);
        string other = Train(data, "other", 1, 10, Small with { Latents = 40 });
        File.Copy(
            CheckpointFiles.Newest(new RunFolder(other).CheckpointFolder)!,
            CheckpointFiles.PathOf(new RunFolder(run).CheckpointFolder, 11));

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => Resume(data, run, 1, null, 11));
        Assert.Contains("'WEnc' must be [48, 8], but is [40, 8]", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_data_is_refused_on_resume()
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        using TrainingData other = new(rows: 500, dIn: 8, seed: 12);
        string run = Train(data, "run", 1, 10);
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => Resume(other, run, 1, null, 10));
        Assert.Contains("must be the data of the run", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_with_a_run_is_left_alone_unless_it_may_be_replaced()
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        string run = Train(data, "run", 1, 10);
        string before = TrainingData.HashOfWeights(run);
        ArgumentException exception = Assert.Throws<ArgumentException>(() => Train(data, "run", 1, 10));
        Assert.Contains("must not hold a run yet", exception.Message, StringComparison.Ordinal);
        Assert.Equal(before, TrainingData.HashOfWeights(run));

        using CpuBackend backend = new(1);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, Small, run, replace: true);
        Assert.Equal(0, session.Step);
        Assert.False(File.Exists(session.Folder.ModelWeightsFile));
    }

    [Fact]
    public void Diverging_training_stops_and_keeps_a_good_checkpoint()
    {
        // Float32 holds these vectors but not the squares of their errors.
        using TrainingData data = new(rows: 500, dIn: 8, scale: 1e22f);
        using CpuBackend backend = new(1);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, Small, data.Run("run"));
        TrainingDivergedException exception = Assert.Throws<TrainingDivergedException>(() => session.Run());
        Assert.Contains("the loss must stay a number", exception.Message, StringComparison.Ordinal);
        using TrainingSession resumed = TrainingSession.Resume(backend, store, data.Run("run"));
        Assert.Equal(0, resumed.Step);
    }

    [Fact]
    public void Data_that_does_not_vary_is_refused()
    {
        using TrainingData folder = new(rows: 1, dIn: 1);
        string file = Path.Combine(folder.Folder, "constant.safetensors");
        SafetensorsWriter.Write(file, [TensorContent.Singles("activations", [700, 8], (_, piece) => piece.Fill(0.1f))]);
        using CpuBackend backend = new(1);
        using ActivationStore store = ActivationStore.Open([file]);
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() =>
            TrainingSession.Start(backend, store, Small, folder.Run("run")));
        Assert.Contains("vectors must vary", exception.Message, StringComparison.Ordinal);
    }

    private static string Train(
        TrainingData data, string name, int threads, long? stopAt, TrainingOptions? options = null)
    {
        using CpuBackend backend = new(threads);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options ?? Small, data.Run(name));
        RunUntil(session, stopAt);
        return data.Run(name);
    }

    private static long Resume(TrainingData data, string run, int threads, long? stopAt, long expectedStart)
    {
        using CpuBackend backend = new(threads);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Resume(backend, store, run);
        Assert.Equal(expectedStart, session.Step);
        RunUntil(session, stopAt);
        return session.Step;
    }

    private static void RunUntil(TrainingSession session, long? stopAt)
    {
        TrainingOutcome outcome = TrainingRuns.RunUntil(session, stopAt);
        Assert.Equal(stopAt is null, outcome.Completed);
    }

    private static List<(long, double, double, double, double)> Figures(string run) =>
        [
            .. MetricsLog.Read(new RunFolder(run).MetricsFile)
                .Select(row => (row.Step, row.Loss, row.L0, row.DeadFraction, row.GradientNorm)),
        ];
}
