using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Factorization;

public sealed class AutoencoderSolverTests : IDisposable
{
    private static readonly SweepOptions Options = new()
    {
        Latents = [6, 8],
        Sparsities = [0.1, 0.2],
        Solver = SweepSolver.Sae,
        Training = new TrainingOptions { Architecture = "relu", Steps = 200, Batch = 64, LearningRate = 3e-3 },
    };

    private readonly TestFolder folder = new();
    private readonly CpuBackend backend = new(1);
    private readonly ActivationStore store;
    private readonly RowMatrix vectors;

    public AutoencoderSolverTests()
    {
        SyntheticFile.Write(this.folder.PathOf("data.safetensors"), new BounceSource(1, 8, 6, 2), 400);
        this.store = ActivationStore.Open([this.folder.PathOf("data.safetensors")]);
        float[] elements = new float[400 * 6];
        RowSet.All(this.store).Read(this.store, 0, elements);
        this.vectors = new RowMatrix(elements, 6);
    }

    [Fact]
    public void A_pruned_start_is_the_larger_autoencoder_without_what_was_dropped()
    {
        SparseFactorization larger = Solve(Options, 8, new SweepStart("random", 0, null));
        SparseFactorization pruned = DictionaryPruning.Prune(larger, 6);
        SparseFactorization begun = Solve(Still, 6, new SweepStart("pruned", 0, pruned));

        AssertClose(pruned.Dictionary.Elements, begun.Dictionary.Elements);
        AssertClose(pruned.Encoder!.Weights.Elements, begun.Encoder!.Weights.Elements);
        AssertClose(pruned.Encoder.Biases, begun.Encoder.Biases);
        AssertClose([.. pruned.Bias], [.. begun.Bias]);
    }

    [Fact]
    public void A_continued_start_has_the_objective_of_where_it_comes_from()
    {
        SparseFactorization found = Solve(Options, 8, new SweepStart("random", 0, null));
        SparseFactorization begun = Solve(Still, 8, new SweepStart("continued", 0, found));

        Assert.Equal(found.Mse, begun.Mse, 1e-4);
        Assert.Equal(found.Objective, begun.Objective, 1e-4);
        Assert.True(found.Objective > found.Mse);
    }

    [Fact]
    public void Without_a_bias_there_is_none_and_an_offset_costs_directions()
    {
        BounceSource source = new(5, 12, 8, 2, bias: 2);
        string data = this.folder.PathOf("offset.safetensors");
        SyntheticFile.Write(data, source, 1500);
        using ActivationStore offset = ActivationStore.Open([data]);
        float[] elements = new float[1500 * 8];
        RowSet.All(offset).Read(offset, 0, elements);
        UnitDirections truth = UnitDirections.From(source.Truth.Rows, source.DIn);
        SweepOptions options = Options with
        {
            Latents = [12, 15],
            Training = Options.Training with { Steps = 3000, Batch = 256 },
        };
        (double with, IReadOnlyList<float> bias) = Train(options);
        (double without, IReadOnlyList<float> none) = Train(options with { FitsBias = false });

        Assert.Contains(bias, element => element != 0);
        Assert.All(none, element => Assert.Equal(0, element));
        // Twelve starts at three λ: 0.923 to 0.973 with a bias, 0.612 to 0.689 without, not far from random directions.
        Assert.InRange(with, 0.9, 1.0001);
        Assert.InRange(without, 0, 0.75);

        (double Recall, IReadOnlyList<float> Bias) Train(SweepOptions how)
        {
            AutoencoderSolver solver = new(
                this.backend, offset, RowSet.All(offset), new RowMatrix(elements, 8), 1, how);
            SparseFactorization found = solver.Solve(
                new SweepCellKey(false, 0, 12, 0.1), new SweepStart("random", 0, null),
                this.folder.PathOf($"bias-{how.FitsBias}"), CancellationToken.None);
            UnitDirections learned = UnitDirections.From(found.Dictionary.Elements, 8);
            return (DictionaryMetrics.MeanMaxCosine(truth, learned).Recall, found.Bias);
        }
    }

    [Fact]
    public void What_a_shaken_start_lacks_points_to_the_vectors_that_are_worst()
    {
        SparseFactorization found = Solve(Options, 8, new SweepStart("random", 0, null));
        SparseFactorization shaken = DictionaryPruning.Shake(found);
        SparseFactorization begun = Solve(Still, 8, new SweepStart("shaken", 1, shaken));

        Assert.All(shaken.Dictionary[7].ToArray(), element => Assert.Equal(0, element));
        Assert.Equal(1, begun.Dictionary[7].ToArray().Sum(element => element * element), 1e-4);
        AssertClose(shaken.Dictionary[0].ToArray(), begun.Dictionary[0].ToArray());
    }

    [Fact]
    public void Silent_latents_that_are_woken_are_active_again()
    {
        SparseFactorization found = Solve(Options, 8, new SweepStart("random", 0, null));
        SparseFactorization silent = found with
        {
            Codes = new SparseRows(new long[401], [], []),
            Encoder = found.Encoder! with { Biases = [.. Enumerable.Repeat(-100f, 8)] },
        };
        SparseFactorization kept = Solve(Still, 8, new SweepStart("continued", 0, silent));
        SparseFactorization woken = Solve(Still, 8, new SweepStart("woken", 0, DictionaryPruning.Wake(silent)));

        Assert.Equal(0, kept.L0);
        Assert.Equal(8, woken.Codes.Columns.Distinct().Count());
        Assert.Null(DictionaryPruning.Wake(woken));
    }

    [Fact]
    public void Random_starts_of_a_cell_differ()
    {
        SparseFactorization first = Solve(Still, 8, new SweepStart("random", 0, null));
        SparseFactorization second = Solve(Still, 8, new SweepStart("random", 1, null));

        Assert.NotEqual(first.Dictionary.Elements, second.Dictionary.Elements);
    }

    public void Dispose()
    {
        this.store.Dispose();
        this.backend.Dispose();
        this.folder.Dispose();
    }

    /// <summary>Hardly moves: a step of Adam changes no weight by more than its rate.</summary>
    private static SweepOptions Still => Options with
    {
        Training = Options.Training with { Steps = 1, LearningRate = 1e-6, WarmupSteps = 0 },
    };

    private static void AssertClose(float[] expected, float[] found)
    {
        // The step, and rows that are brought to unit length.
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    private SparseFactorization Solve(SweepOptions options, int latents, SweepStart start)
    {
        AutoencoderSolver solver = new(this.backend, this.store, RowSet.All(this.store), this.vectors, 1, options);
        SweepCellKey key = new(false, 0, latents, 0.2);
        string run = this.folder.PathOf($"{start.Name}-{options.Training.Steps}");
        return solver.Solve(key, start, run, CancellationToken.None);
    }
}
