using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Joins statistics of the same latents over different rows.</summary>
public static class LatentTotals
{
    /// <summary>Returns the statistics of both parts together.</summary>
    /// <remarks>Counts, extremes and histograms are exactly those of one pass; sums up to float64 rounding.</remarks>
    /// <param name="left">One part.</param>
    /// <param name="right">The other, with the same layout and the same upper edges of linear bins.</param>
    /// <exception cref="ArgumentException">The parts differ in latents or bins.</exception>
    public static LatentStatisticsSnapshot Merge(LatentStatisticsSnapshot left, LatentStatisticsSnapshot right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        LatentCount.RequireEqual(nameof(LatentTotals), left.Counts.Count, right.Counts.Count);
        if (left.LinearHistogram.Count != right.LinearHistogram.Count)
        {
            throw new ArgumentException(
                $"LatentTotals: both sides must have {left.LinearHistogram.Count} linear bins in all, but the other "
                + $"one has {right.LinearHistogram.Count}. Merge parts of one pass.");
        }

        return new LatentStatisticsSnapshot
        {
            Rows = left.Rows + right.Rows,
            Counts = Join(left.Counts, right.Counts, (a, b) => a + b),
            Sums = Join(left.Sums, right.Sums, (a, b) => a + b),
            SumsOfSquares = Join(left.SumsOfSquares, right.SumsOfSquares, (a, b) => a + b),
            SumsOfCubes = Join(left.SumsOfCubes, right.SumsOfCubes, (a, b) => a + b),
            SumsOfFourthPowers = Join(left.SumsOfFourthPowers, right.SumsOfFourthPowers, (a, b) => a + b),
            Minima = Join(left.Minima, right.Minima, Math.Min),
            Maxima = Join(left.Maxima, right.Maxima, Math.Max),
            Histogram = Join(left.Histogram, right.Histogram, (a, b) => a + b),
            LinearHistogram = Join(left.LinearHistogram, right.LinearHistogram, (a, b) => a + b),
        };
    }

    private static T[] Join<T>(IReadOnlyList<T> left, IReadOnlyList<T> right, Func<T, T, T> join)
    {
        T[] joined = new T[left.Count];
        for (int i = 0; i < joined.Length; i++)
        {
            joined[i] = join(left[i], right[i]);
        }

        return joined;
    }
}
