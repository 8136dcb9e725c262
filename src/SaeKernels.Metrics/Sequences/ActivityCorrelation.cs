namespace SaeKernels.Metrics;

/// <summary>Pearson's correlation of being active and being active, from counts of pairs of tokens.</summary>
internal static class ActivityCorrelation
{
    /// <summary>Returns the correlation, −1 to 1; NaN where there is no pair, or either side never varies.</summary>
    /// <param name="pairs">The pairs.</param>
    /// <param name="both">Those in which both are active.</param>
    /// <param name="earlier">Those in which the earlier one is.</param>
    /// <param name="later">Those in which the later one is.</param>
    public static double Of(Int128 pairs, Int128 both, Int128 earlier, Int128 later)
    {
        double covariance = (double)((pairs * both) - (earlier * later));
        double spread = Math.Sqrt((double)(earlier * (pairs - earlier))) * Math.Sqrt((double)(later * (pairs - later)));
        return spread > 0 ? covariance / spread : double.NaN;
    }
}
