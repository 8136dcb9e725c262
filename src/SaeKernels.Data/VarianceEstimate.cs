namespace SaeKernels.Data;

/// <summary>The total variance of vectors, the denominator of many errors.</summary>
public static class VarianceEstimate
{
    /// <summary>
    /// Returns the mean over rows of ‖x′ − x̄′‖², where x̄′ is the mean of x′, in float64 over all rows up to 2²⁰ or
    /// else a seeded sample of 2²⁰.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="rows">The rows; at least one.</param>
    /// <param name="normalization">Makes x′ of x.</param>
    /// <param name="seed">The run's seed.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    /// <exception cref="InvalidDataException">An element is NaN or infinite, or a file became shorter.</exception>
    public static double Compute(ActivationStore store, RowSet rows, Normalization normalization, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(normalization);
        return RowMoments.Measure(store, rows, normalization, seed).TotalVariance();
    }
}
