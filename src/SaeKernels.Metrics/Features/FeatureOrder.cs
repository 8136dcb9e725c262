namespace SaeKernels.Metrics;

/// <summary>Puts the rows of a feature table into an order.</summary>
public static class FeatureOrder
{
    /// <summary>
    /// Returns the same rows in another order; of equal ones the lowest latent comes first, NaN last.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="ordering">By what.</param>
    /// <param name="seed">The seed of <see cref="FeatureOrdering.Random"/>.</param>
    public static IReadOnlyList<FeatureRow> Of(
        IReadOnlyList<FeatureRow> rows, FeatureOrdering ordering, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return ordering switch
        {
            FeatureOrdering.Latent => [.. rows.OrderBy(row => row.Latent)],
            FeatureOrdering.Random =>
                [.. rows.OrderBy(row => RowHash.Of(seed, row.Latent)).ThenBy(row => row.Latent)],
            _ => [.. rows.OrderByDescending(row => KeyOf(row, ordering)).ThenBy(row => row.Latent)],
        };
    }

    private static double KeyOf(FeatureRow row, FeatureOrdering ordering)
    {
        double key = ordering switch
        {
            FeatureOrdering.AbsoluteMax => row.AbsoluteMax,
            FeatureOrdering.Density => row.Density,
            FeatureOrdering.ExpectedValue => row.ExpectedValue,
            _ => row.ClusteringRatio,
        };
        return double.IsNaN(key) ? double.NegativeInfinity : key;
    }
}
