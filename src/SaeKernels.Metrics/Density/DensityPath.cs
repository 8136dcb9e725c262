namespace SaeKernels.Metrics;

/// <summary>
/// Tells a latent that is dense because sparsity was not learned from one that stands for something frequent, by what
/// more sparsity does to it.
/// </summary>
/// <remarks>
/// A frequent feature stays: to silence it would cost reconstruction. A latent whose density falls while the
/// reconstruction stays as good was never needed so often.
/// </remarks>
public static class DensityPath
{
    /// <summary>
    /// Returns the class of a latent that was followed over ascending weights of the sparsity penalty.
    /// </summary>
    /// <param name="densities">Its density at each weight; at least two.</param>
    /// <param name="fvu">The model's FVU at each weight.</param>
    /// <param name="allowedLoss">
    /// How much FVU may rise, as a fraction of the first, for the reconstruction to count as just as good; default 0.1.
    /// </param>
    /// <returns>
    /// <see cref="DensityClass.NotSparse"/> where density falls to less than half of the first while FVU stays within
    /// the allowed loss, and <see cref="DensityClass.Frequent"/> otherwise; null where no second weight leaves the
    /// reconstruction as good, so nothing can be told.
    /// </returns>
    /// <exception cref="ArgumentException">There are fewer than two weights, or not one FVU for each.</exception>
    public static string? Classify(
        IReadOnlyList<double> densities, IReadOnlyList<double> fvu, double allowedLoss = 0.1)
    {
        ArgumentNullException.ThrowIfNull(densities);
        ArgumentNullException.ThrowIfNull(fvu);
        if (densities.Count < 2 || fvu.Count != densities.Count)
        {
            throw new ArgumentException(
                $"DensityPath: there must be at least 2 densities and one FVU for each, but there are "
                + $"{densities.Count} and {fvu.Count}. Measure the latent under at least two weights.");
        }

        double[] asGood =
            [.. densities.Skip(1).Where((_, i) => fvu[i + 1] <= fvu[0] * (1 + allowedLoss))];
        return asGood.Length == 0 ? null
            : asGood.Min() < densities[0] / 2 ? DensityClass.NotSparse
            : DensityClass.Frequent;
    }
}
