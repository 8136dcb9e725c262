namespace SaeKernels.Factorization;

/// <summary>Factorises the vectors of a repeat from one start.</summary>
/// <param name="latents">The size of the dictionary.</param>
/// <param name="sparsity">λ, or K.</param>
/// <param name="start">Where to begin.</param>
internal delegate SparseFactorization StartSolver(int latents, double sparsity, SweepStart start);

/// <summary>
/// Factorises one repeat's vectors at every size and sparsity, from the largest size and the sparsest codes on, so that
/// each cell begins where its neighbours ended.
/// </summary>
/// <remarks>
/// With the sparsest codes a size begins from random directions; with less sparse ones where the next sparser ended
/// (small λ alone has many poor minima). Below the largest size the next larger dictionary, pruned, is another start.
/// The largest autoencoders, which none were trained before, begin again where they ended. What a penalty silenced no
/// gradient wakes: it is another start that silent latents begin anew. The lowest objective stays.
/// Where the best two starts differ by more than <see cref="Disagreement"/> the cell is refined: random starts and a
/// shaken copy of the best, until nothing better is found. It counts as converged then.
/// </remarks>
internal sealed class SweepChain
{
    /// <summary>Objectives that differ by a larger share are of different minima.</summary>
    public const double Disagreement = 0.005;

    /// <summary>The most rounds of further starts.</summary>
    public const int Rounds = 3;

    /// <summary>Random starts of one round have numbers below this multiple of the next round's.</summary>
    public const int MostStarts = 1 << 12;

    private readonly SweepOptions options;
    private readonly StartSolver solve;

    /// <summary>Names what factorises.</summary>
    /// <param name="options">Sizes, sparsities and restarts.</param>
    /// <param name="solve">Factorises from one start.</param>
    public SweepChain(SweepOptions options, StartSolver solve)
    {
        this.options = options;
        this.solve = solve;
    }

    /// <summary>Factorises all cells.</summary>
    /// <param name="find">Returns a cell that was finished before, or null.</param>
    /// <param name="keep">Told of every new cell and of the start that won.</param>
    public void Run(
        Func<int, double, SweepFactorization?> find, Action<int, double, SweepFactorization, SweepStart> keep)
    {
        double[] sparsities = this.options.SparsestFirst();
        SparseFactorization?[] larger = new SparseFactorization?[sparsities.Length];
        foreach (int latents in this.options.Latents.OrderDescending())
        {
            SparseFactorization? previous = null;
            for (int i = 0; i < sparsities.Length; i++)
            {
                SweepFactorization? cell = find(latents, sparsities[i]);
                if (cell is null)
                {
                    (cell, SweepStart winner) = new Starts(this, latents, sparsities[i]).Solve(previous, larger[i]);
                    keep(latents, sparsities[i], cell, winner);
                }

                previous = cell.Result;
                larger[i] = cell.Result;
            }
        }
    }

    /// <summary>The starts of one cell and where they ended.</summary>
    private sealed class Starts(SweepChain chain, int latents, double sparsity)
    {
        private readonly List<(SweepStart Start, SparseFactorization Result)> found = [];

        public (SweepFactorization Cell, SweepStart Winner) Solve(
            SparseFactorization? previous, SparseFactorization? larger)
        {
            if (previous is null)
            {
                AddRandom(round: 0, chain.options.Restarts);
            }
            else
            {
                Add(new SweepStart("continued", 0, previous));
                if (chain.options is { Solver: SweepSolver.Sae, HasPenalty: true }
                    && DictionaryPruning.Wake(previous) is SparseFactorization woken)
                {
                    Add(new SweepStart("woken", 0, woken));
                }
            }

            if (larger is not null)
            {
                Add(new SweepStart("pruned", 0, DictionaryPruning.Prune(larger, latents)));
            }
            else if (chain.options.Solver == SweepSolver.Sae)
            {
                // Other sizes have steps behind them that this one would lack.
                Add(new SweepStart("continued", 1, Best().Result));
            }

            bool isConverged = !Disagree() || Refine();
            (SweepStart start, SparseFactorization best) = Best();
            return (new SweepFactorization(best, start.Kind, isConverged), start);
        }

        /// <summary>Looks for something better until there is nothing; returns whether it came to that.</summary>
        private bool Refine()
        {
            for (int round = 1; round <= Rounds; round++)
            {
                SparseFactorization before = Best().Result;
                AddRandom(round, 1);
                Add(new SweepStart("shaken", round, DictionaryPruning.Shake(Best().Result)));
                if (Best().Result.Objective > before.Objective * (1 - Disagreement))
                {
                    return true;
                }
            }

            return false;
        }

        private void AddRandom(int round, int count)
        {
            for (int start = 0; start < count; start++)
            {
                Add(new SweepStart("random", (round * MostStarts) + start, null));
            }
        }

        private void Add(SweepStart start) => this.found.Add((start, chain.solve(latents, sparsity, start)));

        private (SweepStart Start, SparseFactorization Result) Best() => this.found.MinBy(one => one.Result.Objective);

        private bool Disagree()
        {
            double[] objectives = [.. this.found.Select(one => one.Result.Objective).Order()];
            return objectives.Length > 1 && objectives[1] > objectives[0] * (1 + Disagreement);
        }
    }
}
