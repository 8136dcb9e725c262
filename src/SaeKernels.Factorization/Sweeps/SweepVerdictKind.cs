namespace SaeKernels.Factorization;

/// <summary>What a sweep found.</summary>
public enum SweepVerdictKind
{
    /// <summary>
    /// Information has a minimum at a size inside the grid, by more than the spread of the repeats, and below the
    /// null's.
    /// </summary>
    Bounce,

    /// <summary>
    /// The minimum is at an end of the grid, and the data is not the null: the size lies beyond the grid.
    /// </summary>
    NotBracketed,

    /// <summary>Nothing tells the data from normal vectors, or no size from its neighbours.</summary>
    NoBounce,
}
