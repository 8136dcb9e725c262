using SaeKernels.Factorization;

namespace SaeKernels.Tests.Factorization;

public sealed class SweepChainTests
{
    private static readonly SweepOptions Grid = new()
    {
        Latents = [1, 2],
        Sparsities = [0.1, 0.2],
        Restarts = 2,
    };

    private readonly List<string> starts = [];

    [Fact]
    public void Cells_begin_at_random_or_where_the_next_sparser_and_the_next_larger_ended()
    {
        _ = Run(Grid, _ => 1);

        Assert.Equal(
            [
                "2 0.2 random0", "2 0.2 random1",
                "2 0.1 continued0 of 2",
                "1 0.2 random0", "1 0.2 random1", "1 0.2 pruned0 of 1",
                "1 0.1 continued0 of 1", "1 0.1 pruned0 of 1",
            ],
            this.starts);
    }

    [Fact]
    public void Autoencoders_begin_with_the_fewest_active_latents_and_train_the_largest_size_twice()
    {
        _ = Run(
            Grid with
            {
                Sparsities = [1, 2],
                Restarts = 1,
                Solver = SweepSolver.Sae,
                Training = new() { Architecture = "topk" },
            },
            _ => 1);

        Assert.Equal(
            [
                "2 1 random0", "2 1 continued1 of 2",
                "2 2 continued0 of 2", "2 2 continued1 of 2",
                "1 1 random0", "1 1 pruned0 of 1",
                "1 2 continued0 of 1", "1 2 pruned0 of 1",
            ],
            this.starts);
    }

    [Fact]
    public void Silent_latents_are_woken_where_there_is_a_penalty()
    {
        // Of the two latents of the larger size one is never active.
        _ = Run(
            Grid with { Restarts = 1, Solver = SweepSolver.Sae, Training = new() { Architecture = "relu" } }, _ => 1);

        Assert.Equal(
            [
                "2 0.2 random0", "2 0.2 continued1 of 2",
                "2 0.1 continued0 of 2", "2 0.1 woken0 of 2", "2 0.1 continued1 of 2",
                "1 0.2 random0", "1 0.2 pruned0 of 1",
                "1 0.1 continued0 of 1", "1 0.1 pruned0 of 1",
            ],
            this.starts);
    }

    [Theory]
    [InlineData(1, "random")]
    [InlineData(0.997, "pruned")]
    public void The_lowest_objective_stays_and_a_small_difference_is_not_refined(double pruned, string kept)
    {
        SweepFactorization cell = Run(Grid, start => start.Kind == "pruned" ? pruned : 1);

        Assert.Equal(kept, cell.Start);
        Assert.True(cell.IsConverged);
        Assert.DoesNotContain(this.starts, start => start.Contains("shaken", StringComparison.Ordinal));
    }

    [Fact]
    public void Two_starts_that_disagree_are_refined_until_nothing_better_is_found()
    {
        SweepFactorization cell = Run(Grid with { Restarts = 1 }, start => start.Name switch
        {
            "pruned0" => 0.99,
            "shaken1" => 0.98,
            _ => 1,
        });

        Assert.Equal("shaken", cell.Start);
        Assert.True(cell.IsConverged);
        Assert.Equal(
            ["1 0.2 random4096", "1 0.2 shaken1 of 1", "1 0.2 random8192", "1 0.2 shaken2 of 1"],
            this.starts.SkipWhile(start => start != "1 0.2 random4096").Take(4));
        Assert.DoesNotContain(this.starts, start => start.Contains("shaken3", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cell_that_still_improves_after_the_last_round_has_not_converged()
    {
        SweepFactorization cell = Run(
            Grid with { Restarts = 1 },
            start => start.Kind is "shaken" or "pruned" ? 1 - (0.1 * (1 + start.Number)) : 1);

        Assert.False(cell.IsConverged);
    }

    /// <summary>Runs a chain whose objectives are given; returns the cell of one latent and the largest λ.</summary>
    private SweepFactorization Run(SweepOptions options, Func<SweepStart, double> objective)
    {
        SweepFactorization? wanted = null;
        new SweepChain(options, Solve).Run((_, _) => null, (latents, sparsity, cell, _) =>
        {
            if (latents == 1 && sparsity == options.SparsestFirst()[0])
            {
                wanted = cell;
            }
        });
        return wanted!;

        SparseFactorization Solve(int latents, double sparsity, SweepStart start)
        {
            string from = start.From is null ? "" : $" of {start.From.Dictionary.Rows}";
            this.starts.Add(FormattableString.Invariant($"{latents} {sparsity} {start.Name}{from}"));
            return new SparseFactorization
            {
                Dictionary = Rows(latents),
                Encoder = new LinearEncoder(Rows(latents), new float[latents]),
                Bias = [0, 0],
                Codes = new SparseRows([0, 1], [0], [1]),
                Objective = objective(start),
                Mse = 1,
            };
        }

        static RowMatrix Rows(int latents) =>
            new([.. Enumerable.Range(1, latents * 2).Select(value => (float)value)], 2);
    }
}
