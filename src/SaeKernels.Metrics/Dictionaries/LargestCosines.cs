namespace SaeKernels.Metrics;

/// <summary>The largest cosine of every direction of two dictionaries with any direction of the other one.</summary>
/// <remarks>
/// Every pair is visited once, a block of one dictionary against a block of the other, so that both stay in the cache;
/// no table of cosines is kept. Cosines are float64; a NaN stays.
/// </remarks>
public sealed class LargestCosines
{
    private const int Block = 64;
    private readonly bool ignoresSign;

    private LargestCosines(int first, int second, bool ignoresSign)
    {
        this.ignoresSign = ignoresSign;
        this.OfFirst = new double[first];
        this.OfSecond = new double[second];
        Array.Fill(this.OfFirst, double.NegativeInfinity);
        Array.Fill(this.OfSecond, double.NegativeInfinity);
    }

    /// <summary>For each direction of the first dictionary, the largest cosine with one of the second.</summary>
    public double[] OfFirst { get; }

    /// <summary>For each direction of the second dictionary, the largest cosine with one of the first.</summary>
    public double[] OfSecond { get; }

    /// <summary>Finds them.</summary>
    /// <param name="first">One dictionary.</param>
    /// <param name="second">The other, of the same width.</param>
    /// <param name="ignoresSign">Whether |cos| counts.</param>
    /// <exception cref="ArgumentException">The widths differ.</exception>
    public static LargestCosines Between(UnitDirections first, UnitDirections second, bool ignoresSign = false)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        if (first.Width != second.Width)
        {
            throw new ArgumentException(
                $"LargestCosines: both dictionaries must have one width, but they have {first.Width} and "
                + $"{second.Width}. Compare dictionaries of the same activations.");
        }

        LargestCosines result = new(first.Count, second.Count, ignoresSign);
        Lock join = new();
        int blocks = (second.Count + Block - 1) / Block;
        _ = Parallel.For(
            0,
            blocks,
            () =>
            {
                double[] best = new double[first.Count];
                Array.Fill(best, double.NegativeInfinity);
                return best;
            },
            (block, _, best) =>
            {
                result.VisitBlock(first, second, block * Block, best);
                return best;
            },
            best =>
            {
                lock (join)
                {
                    for (int i = 0; i < best.Length; i++)
                    {
                        result.OfFirst[i] = Math.Max(result.OfFirst[i], best[i]);
                    }
                }
            });
        return result;
    }

    private void VisitBlock(UnitDirections first, UnitDirections second, int from, double[] bestOfFirst)
    {
        int to = Math.Min(second.Count, from + Block);
        for (int i = 0; i < first.Count; i++)
        {
            for (int j = from; j < to; j++)
            {
                double cosine = VectorProducts.Dot(first[i], second[j]);
                cosine = this.ignoresSign ? Math.Abs(cosine) : cosine;
                // Math.Max keeps a NaN.
                bestOfFirst[i] = Math.Max(bestOfFirst[i], cosine);
                this.OfSecond[j] = Math.Max(this.OfSecond[j], cosine);
            }
        }
    }
}
