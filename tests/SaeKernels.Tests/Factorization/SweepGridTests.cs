using System.Text.Json.Nodes;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Factorization;

/// <summary>E3 of the acceptance checks: a grid from too few latents to many, from little sparsity to all.</summary>
public sealed class SweepGridTests : IDisposable
{
    private const int Features = 12;
    private const double TooMuch = 100;

    private static readonly SweepOptions Grid = new()
    {
        Latents = [Features / 4, Features, 2 * Features, 4 * Features],
        Sparsities = [0.05, 0.1, 0.2, 0.4, TooMuch],
        Seeds = 2,
        Restarts = 2,
        Samples = 300,
        HasNull = false,
    };

    private readonly BounceSource source = new(5, Features, 8, 2);
    private readonly TestFolder folder = new();
    private readonly CpuBackend backend = new(1);
    private readonly ActivationStore store;

    public SweepGridTests()
    {
        SyntheticFile.Write(this.folder.PathOf("data.safetensors"), this.source, 10_000);
        this.store = ActivationStore.Open([this.folder.PathOf("data.safetensors")]);
    }

    [Fact]
    public void Only_the_right_size_and_sparsity_recover_the_directions()
    {
        using CancellationTokenSource interruption = new();
        Assert.ThrowsAny<OperationCanceledException>(() => Run(
            Grid,
            "parts",
            new Callback(progress =>
            {
                if (progress.Done == 25)
                {
                    interruption.Cancel();
                }
            }),
            interruption.Token));
        Assert.InRange(Directory.GetFiles(this.folder.PathOf("parts/cells")).Length, 25, 39);

        SweepResult result = Run(Grid, "whole");
        string json = result.ToJson();
        Assert.Equal(json, Run(Grid, "parts").ToJson());
        AssertNothingIsMissing(json);
        AssertTooMuchSilencesEverything(result, most: 1.000001);
        AssertBand(result.Maps);
    }

    [Fact]
    public void Autoencoders_that_too_much_silenced_wake_with_less()
    {
        SweepResult result = Run(
            Grid with
            {
                Latents = [Features / 4, Features],
                Sparsities = [0.3, TooMuch],
                Solver = SweepSolver.Sae,
                Restarts = 1,
                Training = new TrainingOptions { Architecture = "relu", Steps = 300, Batch = 128, LearningRate = 5e-3 },
            },
            "sae");

        // The bias that is left is not quite the mean.
        AssertTooMuchSilencesEverything(result, most: 1.05);
        Assert.InRange(result.Maps.MmcsRecall![0][0], 0, 0.9);
        Assert.InRange(result.Maps.MmcsRecall[1][0], 0.9, 1.0001);
        Assert.Equal(0, result.Maps.DeadShare[1][0]);
    }

    public void Dispose()
    {
        this.store.Dispose();
        this.backend.Dispose();
        this.folder.Dispose();
    }

    private static void AssertNothingIsMissing(string json)
    {
        JsonArray cells = JsonNode.Parse(json)!["cells"]!.AsArray();
        Assert.Equal(2 * Grid.Latents.Count * Grid.Sparsities.Count, cells.Count);
        Assert.All(cells, cell => Assert.All(cell!.AsObject(), figure => Assert.True(
            figure.Value is not null
            || (figure.Key == "cosine_to_larger" && (int)cell["latents"]! == Grid.Latents[^1]))));
    }

    /// <summary>Nothing but the bias is left: with the mean of the vectors FVU is 1, and it is never less.</summary>
    private static void AssertTooMuchSilencesEverything(SweepResult result, double most) => Assert.All(
        result.Cells.Where(cell => cell.Key.Sparsity == TooMuch),
        cell =>
        {
            Assert.Equal(cell.Key.Latents, cell.DeadLatents);
            Assert.Equal(0, cell.L0);
            Assert.InRange(cell.Fvu, 1 - 1e-6, most);
        });

    private static void AssertBand(SweepMaps maps)
    {
        IReadOnlyList<IReadOnlyList<double>> recall = maps.MmcsRecall!;
        Assert.All(recall[0], value => Assert.InRange(value, 0, 0.9));
        int[] band =
        [
            .. Enumerable.Range(0, maps.Sparsities.Count)
                .Where(column => recall.Skip(1).All(row => row[column] >= 0.9)),
        ];
        Assert.InRange(band.Length, 2, maps.Sparsities.Count - 1);
        Assert.Equal(band.Length - 1, band[^1] - band[0]);
        Assert.All(band, column => Assert.Equal(0, maps.DeadShare[1][column]));
    }

    private SweepResult Run(
        SweepOptions options,
        string name,
        IProgress<SweepProgress>? progress = null,
        CancellationToken cancellation = default) =>
        new SizeSweep(this.backend, this.store, options, this.folder.PathOf(name), () => new CpuBackend(1)).Run(
            UnitDirections.From(this.source.Truth.Rows, this.source.DIn), progress, cancellation);

    private sealed class Callback(Action<SweepProgress> report) : IProgress<SweepProgress>
    {
        public void Report(SweepProgress value) => report(value);
    }
}
