using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class TrainingFaultTests
{
    private static readonly TrainingOptions Small = new() { Latents = 32, K = 3, Batch = 32, Steps = 10, LogEvery = 1 };

    [Fact]
    public void Run_is_replaced_only_once_the_new_one_can_begin()
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        string run = Train(data, "run", Small);
        string before = TrainingData.HashOfWeights(run);
        string broken = WriteWithNaN(data.Folder, row: 250);

        Assert.Throws<InvalidDataException>(() => Start(broken, run, Small with { Holdout = 0 }, replace: true));

        Assert.Equal(before, TrainingData.HashOfWeights(run));
        Assert.NotNull(CheckpointFiles.Newest(new RunFolder(run).CheckpointFolder));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    public void Vector_that_is_not_finite_is_found_before_the_first_step(double holdout)
    {
        using TrainingData data = new(rows: 10, dIn: 8);
        string broken = WriteWithNaN(data.Folder, row: 3);
        string run = data.Run("run");

        InvalidDataException exception = Assert.Throws<InvalidDataException>(
            () => Start(broken, run, Small with { Holdout = holdout }));

        Assert.Contains("broken.safetensors", exception.Message, StringComparison.Ordinal);
        Assert.Contains("row 3", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public void Checkpoint_of_another_run_of_the_same_shape_is_refused()
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        string run = Train(data, "run", Small);
        string other = Train(data, "other", Small with { K = 4, Steps = 20 });
        string foreign = CheckpointFiles.Newest(new RunFolder(other).CheckpointFolder)!;
        File.Copy(foreign, Path.Combine(new RunFolder(run).CheckpointFolder, Path.GetFileName(foreign)));

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => Resume(data, run));
        Assert.Contains("another plan", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoint_of_another_version_is_refused()
    {
        using TrainingData data = new(rows: 2, dIn: 2);
        string path = data.Run("step.safetensors");
        SafetensorsWriter.Write(
            path,
            [TensorContent.Singles("WEnc", [1], (_, piece) => piece.Clear())],
            new Dictionary<string, string> { ["format"] = "saekernels-checkpoint-2" });

        string message = Assert.Throws<InvalidDataException>(() => TrainingCheckpoint.Verify(path)).Message;

        Assert.Contains("must be a training checkpoint (saekernels-checkpoint-1), but is another file", message);
    }

    [Fact]
    public void Copy_of_a_checkpoint_under_a_name_of_its_own_is_left_alone()
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        string run = Train(data, "run", Small);
        string folder = new RunFolder(run).CheckpointFolder;
        string newest = CheckpointFiles.Newest(folder)!;
        File.WriteAllText(Path.Combine(folder, "step-backup.safetensors"), "mine");
        File.WriteAllText(Path.Combine(folder, "step-99999999999x.safetensors"), "mine too");

        Assert.Equal(newest, CheckpointFiles.Newest(folder));
        CheckpointFiles.Prune(folder);
        Assert.Equal("mine", File.ReadAllText(Path.Combine(folder, "step-backup.safetensors")));
    }

    public static TheoryData<TrainingOptions, string> TooLarge => new()
    {
        { new() { Latents = 1 << 28, K = 1, Batch = 32 }, "must hold about" },
        { new() { Latents = 65536, K = 1, Batch = 65536, AuxK = 65536 }, "Batch · AuxK must be at most" },
        { new() { Latents = 65536, K = 65536, Batch = 65536 }, "Batch · K must be at most" },
        { new() { Steps = 1L << 50 }, "Steps must be between 1 and" },
    };

    [Theory]
    [MemberData(nameof(TooLarge))]
    public void Plan_that_no_device_here_can_hold_is_refused_with_its_size(TrainingOptions options, string expected)
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => Start(data.File, data.Run("run"), options));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_that_cannot_be_made_is_named()
    {
        using TrainingData data = new(rows: 500, dIn: 8);
        string below = Path.Combine(data.File, "run");
        IOException exception = Assert.Throws<IOException>(() => Start(data.File, below, Small));
        Assert.StartsWith($"{below}: must be a folder that", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void File_named_twice_is_refused_also_through_a_link()
    {
        using TrainingData data = new(rows: 20, dIn: 4);
        string link = Path.Combine(data.Folder, "link.safetensors");
        File.CreateSymbolicLink(link, data.File);
        foreach (string again in (string[])[data.File, link, data.Folder])
        {
            ArgumentException exception = Assert.Throws<ArgumentException>(
                () => ActivationStore.Open([data.File, again]));
            Assert.Contains("must be named once", exception.Message, StringComparison.Ordinal);
        }
    }

    private static string WriteWithNaN(string folder, int row)
    {
        string path = Path.Combine(folder, "broken.safetensors");
        SafetensorsWriter.Write(path, [TensorContent.Singles("activations", [500, 8], (first, piece) =>
        {
            for (int i = 0; i < piece.Length; i++)
            {
                piece[i] = (first + i) / 8 == row ? float.NaN : MathF.Sin(first + i);
            }
        })]);
        return path;
    }

    private static void Start(string file, string run, TrainingOptions options, bool replace = false)
    {
        using CpuBackend backend = new(1);
        using ActivationStore store = ActivationStore.Open([file]);
        using TrainingSession session = TrainingSession.Start(backend, store, options, run, replace: replace);
    }

    private static string Train(TrainingData data, string name, TrainingOptions options)
    {
        using CpuBackend backend = new(1);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run(name));
        session.Run();
        return data.Run(name);
    }

    private static void Resume(TrainingData data, string run)
    {
        using CpuBackend backend = new(1);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Resume(backend, store, run);
    }
}
