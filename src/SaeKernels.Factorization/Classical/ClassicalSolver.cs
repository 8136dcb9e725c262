using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>
/// Factorises vectors by the method of optimal directions: codes by <see cref="NonNegativeLasso"/>, then the dictionary
/// by least squares, in turns.
/// </summary>
/// <remarks>
/// Minimises the mean of ½‖x − b − s·D‖² + λ · Σ s over s ≥ 0 and unit rows of D. The problem is not convex: what is
/// found depends on where it begins. Deterministic; one solve uses one thread, and solves may run side by side.
/// Source: Engan, Aase, Husøy 1999, Method of optimal directions for frame design.
/// </remarks>
public sealed class ClassicalSolver
{
    private readonly RowMatrix vectors;
    private readonly double lambda;
    private readonly ClassicalOptions options;

    /// <summary>Names what is factorised.</summary>
    /// <param name="vectors">The vectors x [rows, width]; at least one.</param>
    /// <param name="lambda">λ, at least 0.</param>
    /// <param name="options">How long it may take.</param>
    /// <exception cref="ArgumentException">There is no vector, or λ is negative.</exception>
    public ClassicalSolver(RowMatrix vectors, double lambda, ClassicalOptions options)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(options);
        if (vectors.Rows < 1 || !(lambda >= 0))
        {
            throw new ArgumentException(
                $"ClassicalSolver: there must be at least 1 vector and lambda be at least 0, but there are "
                + $"{vectors.Rows} and lambda is {lambda}. Change them.");
        }

        this.vectors = vectors;
        this.lambda = lambda;
        this.options = options;
    }

    /// <summary>Begins with random directions, and b at the mean of the vectors where it is fitted.</summary>
    /// <param name="atoms">The number of directions K; at least 1.</param>
    /// <param name="random">Where the directions are drawn from.</param>
    /// <param name="cancellation">Stops between two updates.</param>
    public SparseFactorization SolveFromRandom(
        int atoms, RandomSequence random, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(atoms, 1);
        float[] directions = new float[atoms * this.vectors.Width];
        for (int i = 0; i < directions.Length; i++)
        {
            directions[i] = (float)random.NextNormal();
        }

        ClassicalState state = new(this.vectors, new RowMatrix(directions, this.vectors.Width), this.options.FitsBias);
        return Solve(state, cancellation);
    }

    /// <summary>Begins with a factorisation of the same vectors.</summary>
    /// <param name="start">Where to begin; is not changed.</param>
    /// <param name="cancellation">Stops between two updates.</param>
    public SparseFactorization SolveFrom(SparseFactorization start, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(start);
        ClassicalState state = new(this.vectors, start.Dictionary, this.options.FitsBias);
        state.Take(start);
        return Solve(state, cancellation);
    }

    private SparseFactorization Solve(ClassicalState state, CancellationToken cancellation)
    {
        const int QuietUpdates = 3;
        double best = state.SolveCodes(this.lambda, this.options.InnerIterations);
        int quiet = 0;
        for (int outer = 0; outer < this.options.OuterIterations && quiet < QuietUpdates; outer++)
        {
            cancellation.ThrowIfCancellationRequested();
            state.UpdateDictionary();
            double objective = state.SolveCodes(this.lambda, this.options.InnerIterations);
            quiet = objective < best * (1 - this.options.Tolerance) ? 0 : quiet + 1;
            best = Math.Min(best, objective);
        }

        double final = state.SolveCodes(this.lambda, this.options.FinalIterations);
        return state.ToFactorization(final);
    }
}
