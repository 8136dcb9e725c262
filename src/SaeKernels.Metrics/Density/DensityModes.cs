namespace SaeKernels.Metrics;

/// <summary>Two groups of latents by density, if there are two, and where they part.</summary>
/// <remarks>
/// The distribution of log₁₀ density over the latents that were active is estimated by a Gaussian kernel of width
/// 0.9 · min(σ, IQR / 1.34) · n^(−1/5), at least 0.15: latents that were active once or twice lie 0.3 apart and are no
/// groups. Two groups are two modes with a valley between them that is at most two thirds of the lower mode, with at
/// least 1 % of the latents on either side; of several such valleys the deepest parts them.
/// </remarks>
public static class DensityModes
{
    private const int Grid = 400;
    private const double LeastBandwidth = 0.15;
    private const double LeastRatio = 1.5;
    private const double LeastShare = 0.01;

    /// <summary>Returns log₁₀ of the density that parts the two groups; NaN where there is one group.</summary>
    /// <param name="densities">Density of each latent; those of 0 are left out.</param>
    public static double Split(IEnumerable<double> densities)
    {
        ArgumentNullException.ThrowIfNull(densities);
        double[] logs = [.. densities.Where(density => density > 0).Select(Math.Log10).Order()];
        if (logs.Length < 2 || logs[0] == logs[^1])
        {
            return double.NaN;
        }

        double bandwidth = Math.Max(LeastBandwidth, 0.9 * Spread(logs) * Math.Pow(logs.Length, -0.2));
        double low = logs[0] - (3 * bandwidth);
        double step = (logs[^1] - logs[0] + (6 * bandwidth)) / (Grid - 1);
        double[] curve = [.. Enumerable.Range(0, Grid).AsParallel().AsOrdered()
            .Select(i => logs.Sum(value => Math.Exp(-0.5 * Math.Pow((low + (i * step) - value) / bandwidth, 2))))];
        int valley = DeepestValley(curve, place => Share(logs, low + (place * step)));
        return valley < 0 ? double.NaN : low + (valley * step);
    }

    private static double Spread(double[] sorted)
    {
        double mean = sorted.Average();
        double sigma = Math.Sqrt(sorted.Average(value => (value - mean) * (value - mean)));
        double range = sorted[sorted.Length * 3 / 4] - sorted[sorted.Length / 4];
        return range > 0 ? Math.Min(sigma, range / 1.34) : sigma;
    }

    private static double Share(double[] sorted, double below) =>
        sorted.Count(value => value < below) / (double)sorted.Length;

    private static int DeepestValley(double[] curve, Func<int, double> shareBelow)
    {
        int deepest = -1;
        double largest = LeastRatio;
        for (int place = 1; place < curve.Length - 1; place++)
        {
            double lowerMode = Math.Min(curve[..place].Max(), curve[(place + 1)..].Max());
            double ratio = lowerMode / curve[place];
            if (ratio >= largest && shareBelow(place) is >= LeastShare and <= 1 - LeastShare)
            {
                deepest = place;
                largest = ratio;
            }
        }

        return deepest;
    }
}
