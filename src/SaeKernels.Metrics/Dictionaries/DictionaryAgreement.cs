namespace SaeKernels.Metrics;

/// <summary>How far two dictionaries agree, with what unrelated ones of the same sizes would score beside it.</summary>
/// <remarks>
/// The names are those for a known and a learned dictionary. For two learned ones, of two seeds or two sizes, the first
/// takes the place of the truth.
/// </remarks>
public sealed record DictionaryAgreement
{
    /// <summary>The cosine above which a direction counts as recovered.</summary>
    public const double Recovered = 0.9;

    /// <summary>The most pairs of directions for which <see cref="MccRandom"/> is found.</summary>
    public const long MostDrawn = 1 << 22;

    /// <summary>The mean over true directions of the largest cosine with a learned one.</summary>
    public required double MmcsRecall { get; init; }

    /// <summary>The mean over learned directions of the largest cosine with a true one.</summary>
    public required double MmcsPrecision { get; init; }

    /// <summary>2 · recall · precision / (recall + precision): what is highest at the right size.</summary>
    public required double MmcsHarmonic { get; init; }

    /// <summary>The mean |cosine| of the best one-to-one matching, over the smaller dictionary.</summary>
    public required double Mcc { get; init; }

    /// <summary>The share of true directions with a learned one above <see cref="Recovered"/>.</summary>
    public required double RecoveredFraction { get; init; }

    /// <summary>The share of learned directions with a true one above <see cref="Recovered"/>.</summary>
    public required double GenuineFraction { get; init; }

    /// <summary>What <see cref="MmcsRecall"/> expects of random directions.</summary>
    public required double MmcsRecallRandom { get; init; }

    /// <summary>What <see cref="MmcsPrecision"/> expects of random directions.</summary>
    public required double MmcsPrecisionRandom { get; init; }

    /// <summary>
    /// What <see cref="Mcc"/> is for one pair of random dictionaries; null above <see cref="MostDrawn"/> pairs of
    /// directions, where to match one more pair would take too long.
    /// </summary>
    public required double? MccRandom { get; init; }

    /// <summary>Compares two dictionaries.</summary>
    /// <remarks>
    /// O(truth · learned · width) time for the cosines, more for the matching: see <see cref="OptimalAssignment"/>. No
    /// table of all cosines is kept.
    /// </remarks>
    /// <param name="truth">The known directions, or those of the first dictionary.</param>
    /// <param name="learned">The learned directions, of the same width.</param>
    /// <exception cref="ArgumentException">The widths differ.</exception>
    public static DictionaryAgreement Of(UnitDirections truth, UnitDirections learned)
    {
        LargestCosines largest = LargestCosines.Between(truth, learned);
        double recall = largest.OfFirst.Average();
        double precision = largest.OfSecond.Average();
        return new DictionaryAgreement
        {
            MmcsRecall = recall,
            MmcsPrecision = precision,
            MmcsHarmonic = recall > 0 && precision > 0 ? 2 * recall * precision / (recall + precision)
                : double.IsNaN(recall + precision) ? double.NaN : 0,
            Mcc = DictionaryMetrics.MatchedCosine(truth, learned),
            RecoveredFraction = Share(largest.OfFirst),
            GenuineFraction = Share(largest.OfSecond),
            MmcsRecallRandom = RandomBaseline.MeanMaxCosine(truth.Width, learned.Count),
            MmcsPrecisionRandom = RandomBaseline.MeanMaxCosine(truth.Width, truth.Count),
            MccRandom = (long)truth.Count * learned.Count <= MostDrawn
                ? RandomBaseline.MatchedCosine(truth.Width, truth.Count, learned.Count)
                : null,
        };
    }

    private static double Share(double[] cosines) => cosines.Any(double.IsNaN)
        ? double.NaN
        : cosines.Count(cosine => cosine > Recovered) / (double)cosines.Length;
}
