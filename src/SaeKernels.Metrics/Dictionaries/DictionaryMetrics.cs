namespace SaeKernels.Metrics;

/// <summary>
/// Compares a learned dictionary with a known one, or two learned ones, by the cosines of their directions.
/// </summary>
/// <remarks>
/// Cosines are float64. Figures are NaN where a row has a NaN. Unrelated directions do not score 0: the expected
/// maximum over 4,096 random directions of width 256 is about 0.23, so a figure says little without that of a random
/// dictionary.
/// </remarks>
public static class DictionaryMetrics
{
    /// <summary>
    /// The mean maximum cosine similarity (MMCS) in both directions. Unless asked otherwise sign matters: a negated row
    /// does not match.
    /// </summary>
    /// <remarks>O(truth · learned · width) time on all processors; no table of cosines is kept.</remarks>
    /// <param name="truth">The known directions.</param>
    /// <param name="learned">The learned directions, of the same width.</param>
    /// <param name="ignoresSign">Whether |cos| counts, so that a negated row matches in full.</param>
    /// <exception cref="ArgumentException">The widths differ.</exception>
    public static MeanMaxCosine MeanMaxCosine(
        UnitDirections truth, UnitDirections learned, bool ignoresSign = false)
    {
        RequireSameWidth(truth, learned);
        LargestCosines largest = LargestCosines.Between(truth, learned, ignoresSign);
        return new MeanMaxCosine(largest.OfFirst.Average(), largest.OfSecond.Average());
    }

    /// <summary>
    /// The mean of |cos| over the pairs of the best one-to-one matching (MCC): every direction of the smaller
    /// dictionary is matched with a direction of its own, so duplicates do not count. Higher is better; 1 is a
    /// permutation up to sign.
    /// </summary>
    /// <remarks>
    /// The mean is over min(truth, learned) pairs: what the larger dictionary has left over is not punished. The figure
    /// of SynthSAEBench. The matching has the largest sum of cosines in float32, which are computed in blocks and not
    /// kept. See <see cref="OptimalAssignment"/> for memory and time.
    /// </remarks>
    /// <param name="truth">The known directions.</param>
    /// <param name="learned">The learned directions, of the same width.</param>
    /// <exception cref="ArgumentException">The widths differ.</exception>
    public static double MatchedCosine(UnitDirections truth, UnitDirections learned)
    {
        RequireSameWidth(truth, learned);
        bool truthIsSmaller = truth.Count <= learned.Count;
        (UnitDirections fewer, UnitDirections more) = truthIsSmaller ? (truth, learned) : (learned, truth);
        if (fewer.HasNaN || more.HasNaN)
        {
            return double.NaN;
        }

        int[] match = OptimalAssignment.Maximize(
            fewer.Count, more.Count, (row, first, cosines) => ReadAbsoluteCosines(fewer[row], more, first, cosines));
        return match.Select((column, row) => Math.Abs(VectorProducts.Dot(fewer[row], more[column]))).Average();
    }

    /// <summary>For each direction of a dictionary the one of another dictionary with the largest |cos|.</summary>
    /// <param name="from">The directions that ask.</param>
    /// <param name="among">The directions that are chosen from, of the same width; at least one.</param>
    /// <returns>For each an index into <paramref name="among"/>; the first of equals, 0 for a NaN.</returns>
    /// <exception cref="ArgumentException">The widths differ.</exception>
    public static int[] MostSimilar(UnitDirections from, UnitDirections among)
    {
        RequireSameWidth(from, among);
        int[] result = new int[from.Count];
        _ = Parallel.For(0, from.Count, row =>
        {
            double best = double.NegativeInfinity;
            for (int other = 0; other < among.Count; other++)
            {
                double cosine = Math.Abs(VectorProducts.Dot(from[row], among[other]));
                if (cosine > best)
                {
                    best = cosine;
                    result[row] = other;
                }
            }
        });
        return result;
    }

    private static void RequireSameWidth(UnitDirections truth, UnitDirections learned)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(learned);
        if (truth.Width != learned.Width)
        {
            throw new ArgumentException(
                $"DictionaryMetrics: both dictionaries must have one width, but truth has {truth.Width} and learned "
                + $"{learned.Width}. Compare dictionaries of the same activations.");
        }
    }

    private static void ReadAbsoluteCosines(
        ReadOnlySpan<double> direction, UnitDirections others, int first, Span<float> cosines)
    {
        int i = 0;
        for (; i <= cosines.Length - 4; i += 4)
        {
            int other = first + i;
            (double a, double b, double c, double d) = VectorProducts.Dot(
                direction, others[other], others[other + 1], others[other + 2], others[other + 3]);
            cosines[i] = (float)Math.Abs(a);
            cosines[i + 1] = (float)Math.Abs(b);
            cosines[i + 2] = (float)Math.Abs(c);
            cosines[i + 3] = (float)Math.Abs(d);
        }

        for (; i < cosines.Length; i++)
        {
            cosines[i] = (float)Math.Abs(VectorProducts.Dot(direction, others[first + i]));
        }
    }
}
