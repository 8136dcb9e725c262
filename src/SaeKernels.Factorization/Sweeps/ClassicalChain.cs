using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>
/// Factorises one repeat's vectors at every size and λ, from the largest of both downwards, so that each cell begins
/// where its neighbours ended.
/// </summary>
/// <remarks>
/// At the largest λ a size begins from random directions; at a smaller one where the next larger λ ended (small λ alone
/// has many poor minima). Below the largest size the next larger dictionary, pruned, is another start. The lowest
/// objective stays. Where the best two starts differ by more than <see cref="Disagreement"/> the cell is refined:
/// random starts and a shaken copy of the best, until nothing better is found. It counts as converged then.
/// </remarks>
internal sealed class ClassicalChain
{
    /// <summary>Objectives that differ by a larger share are of different minima.</summary>
    public const double Disagreement = 0.005;

    private const int Rounds = 3;
    private readonly RowMatrix vectors;
    private readonly double scale;
    private readonly SweepOptions options;
    private readonly ulong seed;

    /// <summary>Names the vectors.</summary>
    /// <param name="vectors">The vectors of the repeat.</param>
    /// <param name="scale">√(variance of a vector): the unit of λ.</param>
    /// <param name="options">Sizes, λ and restarts.</param>
    /// <param name="seed">Where random starts are drawn from.</param>
    public ClassicalChain(RowMatrix vectors, double scale, SweepOptions options, ulong seed)
    {
        this.vectors = vectors;
        this.scale = scale;
        this.options = options;
        this.seed = seed;
    }

    /// <summary>Factorises all cells.</summary>
    /// <param name="find">Returns a cell that was finished before, or null.</param>
    /// <param name="keep">Told of every new cell.</param>
    /// <param name="cancellation">Stops between two updates of a dictionary.</param>
    public void Run(
        Func<int, double, SweepFactorization?> find,
        Action<int, double, SweepFactorization> keep,
        CancellationToken cancellation)
    {
        double[] lambdas = [.. this.options.Sparsities.OrderDescending()];
        SparseFactorization?[] larger = new SparseFactorization?[lambdas.Length];
        foreach (int latents in this.options.Latents.OrderDescending())
        {
            SparseFactorization? previous = null;
            for (int i = 0; i < lambdas.Length; i++)
            {
                SweepFactorization? cell = find(latents, lambdas[i]);
                if (cell is null)
                {
                    cell = Solve(latents, lambdas[i], previous, larger[i], cancellation);
                    keep(latents, lambdas[i], cell);
                }

                previous = cell.Result;
                larger[i] = cell.Result;
            }
        }
    }

    private SweepFactorization Solve(
        int latents,
        double lambda,
        SparseFactorization? previous,
        SparseFactorization? larger,
        CancellationToken cancellation)
    {
        ClassicalSolver solver = new(
            this.vectors, lambda * this.scale, new ClassicalOptions { FitsBias = this.options.FitsBias });
        List<(string Start, SparseFactorization Result)> found = [];
        if (previous is null)
        {
            AddRandom(found, solver, latents, round: 0, this.options.Restarts, cancellation);
        }
        else
        {
            found.Add(("continued", solver.SolveFrom(previous, cancellation)));
        }

        if (larger is not null)
        {
            found.Add(("pruned", solver.SolveFrom(DictionaryPruning.Prune(larger, latents), cancellation)));
        }

        bool isConverged = !Disagree(found) || Refine(found, solver, latents, cancellation);
        (string start, SparseFactorization best) = Best(found);
        return new SweepFactorization(best, start, isConverged);
    }

    /// <summary>Looks for something better until there is nothing; returns whether it came to that.</summary>
    private bool Refine(
        List<(string Start, SparseFactorization Result)> found,
        ClassicalSolver solver,
        int latents,
        CancellationToken cancellation)
    {
        for (int round = 1; round <= Rounds; round++)
        {
            double before = Best(found).Result.Objective;
            AddRandom(found, solver, latents, round, 1, cancellation);
            SparseFactorization shaken = DictionaryPruning.Shake(Best(found).Result);
            found.Add(("shaken", solver.SolveFrom(shaken, cancellation)));
            if (Best(found).Result.Objective > before * (1 - Disagreement))
            {
                return true;
            }
        }

        return false;
    }

    private void AddRandom(
        List<(string Start, SparseFactorization Result)> found,
        ClassicalSolver solver,
        int latents,
        int round,
        int count,
        CancellationToken cancellation)
    {
        const int MostStarts = 1 << 12;
        for (int start = 0; start < count; start++)
        {
            long step = ((((long)latents * (Rounds + 1)) + round) * MostStarts) + start;
            RandomSequence random = new(this.seed, RandomPurpose.Initialization, step);
            found.Add(("random", solver.SolveFromRandom(latents, random, cancellation)));
        }
    }

    private static (string Start, SparseFactorization Result) Best(
        List<(string Start, SparseFactorization Result)> found) => found.MinBy(one => one.Result.Objective);

    private static bool Disagree(List<(string Start, SparseFactorization Result)> found)
    {
        double[] objectives = [.. found.Select(one => one.Result.Objective).Order()];
        return objectives.Length > 1 && objectives[1] > objectives[0] * (1 + Disagreement);
    }
}
