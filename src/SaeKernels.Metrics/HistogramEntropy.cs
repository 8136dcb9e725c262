using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Shannon entropy, in bits, of what a histogram counted.</summary>
/// <remarks>
/// 0 · log 0 is 0. Sums are float64 with compensated addition. The estimate is the plain one of the counts themselves:
/// it is too low where a bin holds few entries (by about (bins − 1) / (2 · entries · ln 2), Miller 1955), and depends
/// on the width of the bins.
/// </remarks>
public static class HistogramEntropy
{
    /// <summary>The base of the logarithm of all figures of information: they are bits.</summary>
    public const int Base = 2;

    /// <summary>The mean surprisal of an entry, Σ (c / N) · log₂(N / c); NaN where nothing was counted.</summary>
    /// <param name="counts">How many entries fell into each bin; none negative.</param>
    /// <returns>0, where all entries share a bin, to log₂ of the number of bins, where all bins are alike.</returns>
    /// <exception cref="ArgumentException">A count is negative.</exception>
    public static double Of(ReadOnlySpan<long> counts)
    {
        long entries = EntriesOf(counts);
        return entries == 0 ? double.NaN : Surprisal(counts, entries) / entries;
    }

    /// <summary>The surprisal of all entries together, Σ c · log₂(N / c); 0 where nothing was counted.</summary>
    /// <param name="counts">How many entries fell into each bin; none negative.</param>
    /// <exception cref="ArgumentException">A count is negative.</exception>
    public static double SurprisalOf(ReadOnlySpan<long> counts) => Surprisal(counts, EntriesOf(counts));

    /// <summary>The entropy of a choice between two, −p · log₂ p − (1 − p) · log₂(1 − p); 0 at 0 and 1.</summary>
    /// <param name="probability">The probability of one of them, 0 to 1; NaN gives NaN.</param>
    public static double OfChoice(double probability) =>
        Term(probability) + Term(1 - probability);

    private static double Term(double probability) => probability == 0 ? 0 : -probability * Math.Log2(probability);

    private static long EntriesOf(ReadOnlySpan<long> counts)
    {
        long entries = 0;
        for (int bin = 0; bin < counts.Length; bin++)
        {
            if (counts[bin] < 0)
            {
                throw new ArgumentException(
                    $"HistogramEntropy: counts must not be negative, but counts[{bin}] is {counts[bin]}. "
                    + "Pass counts as a backend accumulated them.");
            }

            entries = checked(entries + counts[bin]);
        }

        return entries;
    }

    private static double Surprisal(ReadOnlySpan<long> counts, long entries)
    {
        CompensatedSum sum = default;
        foreach (long count in counts)
        {
            if (count > 0)
            {
                sum.Add(count * Math.Log2((double)entries / count));
            }
        }

        return sum.Value;
    }
}
