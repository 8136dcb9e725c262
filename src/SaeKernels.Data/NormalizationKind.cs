namespace SaeKernels.Data;

/// <summary>What is done to vectors before a model sees them.</summary>
public enum NormalizationKind
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The mean is subtracted.</summary>
    Mean = 1,

    /// <summary>All elements are multiplied so that their root mean square is 1; no mean is subtracted.</summary>
    UnitRms = 2,

    /// <summary>
    /// All elements are multiplied so that the mean length of a vector is √DIn; no mean is subtracted. SAELens' name.
    /// </summary>
    ExpectedAverageOnlyIn = 3,

    /// <summary>
    /// All elements of a site are multiplied so that the variance of its vectors, summed over elements, is the mean
    /// width of the sites: sites that are normalised together then weigh alike in a loss. No mean is subtracted.
    /// </summary>
    EqualVariance = 4,

    /// <summary>
    /// Every vector of a site is brought to mean 0 and deviation 1 by its own mean and deviation
    /// (<see cref="SaeKernels.Numerics.LayerNorm"/>). SAELens' name.
    /// </summary>
    LayerNorm = 5,
}
