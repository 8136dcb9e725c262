using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>The histogram of log₁₀ density over features, and its clusters.</summary>
internal static class DensityViews
{
    private const int Bins = 40;

    public static DensityView Of(IReadOnlyList<FeatureRow> rows)
    {
        double[] densities = [.. rows.Where(row => row.ActiveTokens > 0).Select(row => row.Log10Density)];
        double low = densities.DefaultIfEmpty(-1).Min();
        double high = Math.Max(low + 1e-6, densities.DefaultIfEmpty(0).Max());
        int[] counts = new int[Bins];
        foreach (double density in densities)
        {
            counts[Math.Clamp((int)((density - low) * Bins / (high - low)), 0, Bins - 1)]++;
        }

        return new DensityView(
            new BinnedCounts(low, high, counts), ClustersOf(densities, low, high), rows.Count - densities.Length);
    }

    private static List<DensityCluster> ClustersOf(double[] densities, double low, double high)
    {
        double split = DensityModes.Split(densities.Select(density => Math.Pow(10, density)));
        if (!double.IsFinite(split))
        {
            return [new DensityCluster("one group", low - 1, high + 1, densities.Length)];
        }

        int below = densities.Count(density => density < split);
        return
        [
            new DensityCluster("the rarer group", low - 1, split, below),
            new DensityCluster("the denser group", split, high + 1, densities.Length - below),
        ];
    }
}
