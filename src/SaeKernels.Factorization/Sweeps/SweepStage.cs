namespace SaeKernels.Factorization;

/// <summary>What a sweep does to its cells, one stage after the other.</summary>
public enum SweepStage
{
    /// <summary>Finds dictionary and codes. A finished cell is kept.</summary>
    Factorize,

    /// <summary>Counts codes and elements, and looks for true directions.</summary>
    Measure,

    /// <summary>Compares dictionaries with those of other repeats and of the next larger size.</summary>
    Compare,
}
