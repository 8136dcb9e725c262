namespace SaeKernels.Factorization;

/// <summary>How long the classical solver works.</summary>
public sealed record ClassicalOptions
{
    /// <summary>The most updates of the dictionary; at least 1.</summary>
    public int OuterIterations { get; init; } = 60;

    /// <summary>The most FISTA iterations of a code between two of them; at least 1.</summary>
    public int InnerIterations { get; init; } = 40;

    /// <summary>The most FISTA iterations of a code at the end; at least 1.</summary>
    public int FinalIterations { get; init; } = 160;

    /// <summary>Whether a constant vector b is fitted beside the dictionary; without, b is 0.</summary>
    public bool FitsBias { get; init; }

    /// <summary>
    /// The dictionary is no longer updated once the objective has fallen by less than this share of itself in each of
    /// three updates.
    /// </summary>
    public double Tolerance { get; init; } = 1e-5;
}
