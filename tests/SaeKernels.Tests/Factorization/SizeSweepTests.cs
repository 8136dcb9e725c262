using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Files;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Factorization;

public sealed class SizeSweepTests : IDisposable
{
    private static readonly SweepOptions Small = new()
    {
        Latents = [8, 12, 16],
        Sparsities = [0.1, 0.2],
        Seeds = 2,
        Restarts = 1,
        Samples = 150,
    };

    private readonly TestFolder folder = new();
    private readonly CpuBackend backend = new(1);
    private readonly ActivationStore store;

    public SizeSweepTests()
    {
        SyntheticFile.Write(this.folder.PathOf("data.safetensors"), new BounceSource(1, 12, 6, 2), 400);
        this.store = ActivationStore.Open([this.folder.PathOf("data.safetensors")]);
    }

    [Fact]
    public void A_sweep_that_was_interrupted_ends_like_one_that_was_not()
    {
        string whole = Sweep("whole").Run().ToJson();
        using CancellationTokenSource interruption = new();
        Assert.ThrowsAny<OperationCanceledException>(() => Sweep("parts").Run(
            progress: new Callback(progress =>
            {
                if (progress.Done == 7)
                {
                    interruption.Cancel();
                }
            }),
            cancellation: interruption.Token));
        int finished = Directory.GetFiles(this.folder.PathOf("parts/cells")).Length;

        Assert.InRange(finished, 7, 23);
        Assert.Equal(whole, Sweep("parts").Run().ToJson());
        Assert.Equal(24, Directory.GetFiles(this.folder.PathOf("parts/cells")).Length);
    }

    [Fact]
    public void Edges_are_those_of_all_cells_and_another_largest_code_counts_every_cell_anew()
    {
        SweepResult before = Sweep("sweep").Run();
        string[] files = Directory.GetFiles(this.folder.PathOf("sweep/cells"));
        SparseFactorization[] cells = [.. files.Select(file => CellFile.Read(file).Result)];
        Assert.Equal(cells.Max(cell => cell.Codes.Values.Max()), before.Edges.CodeHigh);
        Assert.Equal(cells.Max(cell => cell.Dictionary.Elements.Max(Math.Abs)), before.Edges.DictionaryHigh);

        SweepFactorization one = CellFile.Read(files[0]);
        one.Result.Codes.Values[0] = 2 * before.Edges.CodeHigh;
        CellFile.Write(files[0], one);
        SweepResult after = Sweep("sweep").Run();

        Assert.Equal(2 * before.Edges.CodeHigh, after.Edges.CodeHigh);
        Assert.All(
            before.Cells.Zip(after.Cells), pair => Assert.NotEqual(pair.First.CodeBits, pair.Second.CodeBits));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1f)]
    public void Vectors_that_are_all_equal_are_refused(float element)
    {
        string file = this.folder.PathOf("equal.safetensors");
        SafetensorsWriter.Write(
            file, [TensorContent.Singles("activations", [400, 6], (_, piece) => piece.Fill(element))]);
        using ActivationStore equal = ActivationStore.Open([file]);

        Assert.Contains(
            "the 150 of a repeat are all equal",
            Assert.Throws<InvalidDataException>(
                () => new SizeSweep(this.backend, equal, Small, this.folder.PathOf("equal")).Run()).Message);
        Assert.False(Directory.Exists(this.folder.PathOf("equal")));
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        string one = new SizeSweep(this.backend, this.store, Small with { Threads = 1 }, this.folder.PathOf("one"))
            .Run().ToJson();
        string four = new SizeSweep(this.backend, this.store, Small with { Threads = 4 }, this.folder.PathOf("four"))
            .Run().ToJson();

        Assert.Equal(one, four);
    }

    [Fact]
    public void Autoencoders_trained_side_by_side_are_those_trained_one_after_the_other()
    {
        SweepOptions options = Small with
        {
            Solver = SweepSolver.Sae,
            Threads = 3,
            Training = new TrainingOptions { Architecture = "relu", Steps = 20, Batch = 64 },
        };
        string one = new SizeSweep(this.backend, this.store, options, this.folder.PathOf("one")).Run().ToJson();
        using CancellationTokenSource interruption = new();
        Assert.ThrowsAny<OperationCanceledException>(() => SideBySide().Run(
            progress: new Callback(progress =>
            {
                if (progress.Done == 5)
                {
                    interruption.Cancel();
                }
            }),
            cancellation: interruption.Token));

        Assert.InRange(Directory.GetFiles(this.folder.PathOf("three/cells")).Length, 5, 23);
        Assert.Equal(one, SideBySide().Run().ToJson());

        SizeSweep SideBySide() =>
            new(this.backend, this.store, options, this.folder.PathOf("three"), () => new CpuBackend(1));
    }

    [Fact]
    public void A_broken_cell_is_told_as_it_is()
    {
        _ = Sweep("sweep").Run();
        string cell = Directory.GetFiles(this.folder.PathOf("sweep/cells"))[0];
        File.WriteAllText(cell, "broken");

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => Sweep("sweep").Run());
        Assert.Contains(Path.GetFileName(cell), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_takes_one_sweep_only()
    {
        _ = Sweep("sweep");
        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => new SizeSweep(this.backend, this.store, Small with { Bins = 50 }, this.folder.PathOf("sweep")));

        Assert.Contains("holds one with other options", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Repeats_of_few_vectors_are_said_to_share_them()
    {
        SweepResult shared = new SizeSweep(
            this.backend, this.store, Small with { Samples = 300, HasNull = false }, this.folder.PathOf("sweep")).Run();

        Assert.Contains(shared.Warnings, warning => warning.StartsWith("The repeats share", StringComparison.Ordinal));
        Assert.DoesNotContain(
            Sweep("other").Run().Warnings, warning => warning.StartsWith("The repeats", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("relu", 0.1, 0.3)]
    [InlineData("topk", 1, 2)]
    public void Autoencoders_are_swept_alike(string architecture, double first, double second)
    {
        SweepOptions options = Small with
        {
            Solver = SweepSolver.Sae,
            Sparsities = [first, second],
            Training = new TrainingOptions { Architecture = architecture, Steps = 20, Batch = 64 },
        };
        SweepResult result = new SizeSweep(this.backend, this.store, options, this.folder.PathOf("sweep")).Run();

        Assert.Equal(24, result.Cells.Count);
        Assert.All(result.Cells, cell =>
        {
            Assert.InRange(cell.Mse, 1e-6, 10);
            Assert.InRange(cell.L0, 0, architecture == "topk" ? cell.Key.Sparsity : cell.Key.Latents);
            Assert.Contains(cell.Start, (string[])["random", "continued", "woken", "pruned", "shaken"]);
        });
        Assert.Contains(result.Cells, cell => cell.TotalBits > 0);
    }

    [Theory]
    [InlineData(SweepVerdictKind.Bounce, 12, 9, 12, 15)]
    [InlineData(SweepVerdictKind.Bounce, 14, 10, 14, 20)]
    [InlineData(SweepVerdictKind.NotBracketed, null, 6, 8, 10)]
    [InlineData(SweepVerdictKind.NotBracketed, null, 14, 18, 24)]
    public void Twelve_directions_are_found_inside_the_grid_and_missed_beside_it(
        SweepVerdictKind verdict, int? latents, params int[] sizes)
    {
        SweepResult result = Sweep(new BounceSource(5, 12, 8, 2), sizes);

        Assert.Equal(verdict, result.Verdict);
        Assert.Equal(latents, result.Latents);
        Assert.InRange(result.InformationPValue, 0, 0.005);
        if (latents is int size)
        {
            Assert.True(result.Bracket.Previous < 12 && result.Bracket.Next > 12);
            // Recall saturates from the true size on and precision falls: both together are highest there.
            Assert.Equal(size, sizes.MaxBy(one => result.Cells
                .Where(cell => !cell.Key.IsNull && cell.Key.Latents == one).Max(Harmonic)));
        }

        static double Harmonic(SweepCell cell)
        {
            (double recall, double precision) = (cell.MmcsRecall!.Value, cell.MmcsPrecision!.Value);
            return 2 * recall * precision / (recall + precision);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Normal_vectors_have_no_bounce(int seed)
    {
        SweepResult result = Sweep(GaussianSource.Isotropic((ulong)seed, 8), [9, 12, 15]);

        Assert.Equal(SweepVerdictKind.NoBounce, result.Verdict);
        Assert.Null(result.Latents);
    }

    [Fact]
    public void An_offset_needs_a_bias()
    {
        BounceSource source = new(5, 12, 8, 2, bias: 2);
        (double with, IReadOnlyList<string> warnings) = BestCosine(fitsBias: true);
        (double without, IReadOnlyList<string> warningsWithout) = BestCosine(fitsBias: false);

        Assert.InRange(with, 0.99, 1.0001);
        Assert.InRange(without, 0, 0.97);
        Assert.DoesNotContain(warnings, warning => warning.Contains("offset"));
        Assert.Contains(warningsWithout, warning => warning.Contains("offset"));
        Assert.Contains(warnings, warning => warning.Contains("mmcs_recall never falls"));

        (double, IReadOnlyList<string>) BestCosine(bool fitsBias)
        {
            SweepResult result = Sweep(source, [9, 12, 15], fitsBias);
            return (
                result.Cells.Where(cell => !cell.Key.IsNull && cell.Key.Latents == 12)
                    .Max(cell => cell.MmcsRecall!.Value),
                result.Warnings);
        }
    }

    [Fact]
    public void Options_outside_their_range_are_named()
    {
        foreach ((SweepOptions options, string member) in new (SweepOptions, string)[]
        {
            (Small with { Latents = [8] }, "Latents"),
            (Small with { Latents = [8, 8] }, "Latents"),
            (Small with { Sparsities = [0.1] }, "Sparsities"),
            (Small with { Sparsities = [0, 0.1] }, "Sparsities"),
            (Small with { Seeds = 1 }, "Seeds"),
            (Small with { Restarts = 0 }, "Restarts"),
            (Small with { Samples = 1 }, "Samples"),
            (Small with { Bins = 1 }, "Bins"),
            (Small with { Solver = SweepSolver.Sae, Training = new TrainingOptions() }, "Sparsities"),
        })
        {
            ArgumentException fault = Assert.Throws<ArgumentException>(options.Validate);
            Assert.StartsWith($"Sweep: {member} must", fault.Message, StringComparison.Ordinal);
        }
    }

    public void Dispose()
    {
        this.store.Dispose();
        this.backend.Dispose();
        this.folder.Dispose();
    }

    private SweepResult Sweep(SyntheticSource source, int[] sizes, bool fitsBias = true)
    {
        string data = this.folder.PathOf("own.safetensors");
        SyntheticFile.Write(data, source, 1500);
        using ActivationStore own = ActivationStore.Open([data]);
        SweepOptions options = Small with
        {
            Latents = sizes,
            Sparsities = [0.05, 0.1, 0.2],
            Seeds = 3,
            Restarts = 3,
            Samples = 500,
            FitsBias = fitsBias,
        };
        UnitDirections? truth =
            source.Truth.Features == 0 ? null : UnitDirections.From(source.Truth.Rows, source.DIn);
        return new SizeSweep(this.backend, own, options, this.folder.PathOf($"own-{fitsBias}"))
            .Run(truth);
    }

    private SizeSweep Sweep(string name) => new(this.backend, this.store, Small, this.folder.PathOf(name));

    private sealed class Callback(Action<SweepProgress> report) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value) => report(value);
    }
}
