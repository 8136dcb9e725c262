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
        for (int start = 0; start < first.Count; start += Block)
        {
            VisitTile(first, (start, Math.Min(first.Count, start + Block)), second, (from, to), bestOfFirst);
        }
    }

    // Four directions of the second dictionary stay in the nearest cache while those of the first go by.
    private void VisitTile(
        UnitDirections first,
        (int Start, int End) rows,
        UnitDirections second,
        (int Start, int End) columns,
        double[] bestOfFirst)
    {
        int j = columns.Start;
        for (; j <= columns.End - 4; j += 4)
        {
            for (int i = rows.Start; i < rows.End; i++)
            {
                (double one, double two, double three, double four) = VectorProducts.Dot(
                    first[i], second[j], second[j + 1], second[j + 2], second[j + 3]);
                Note(one, j, ref bestOfFirst[i]);
                Note(two, j + 1, ref bestOfFirst[i]);
                Note(three, j + 2, ref bestOfFirst[i]);
                Note(four, j + 3, ref bestOfFirst[i]);
            }
        }

        for (; j < columns.End; j++)
        {
            for (int i = rows.Start; i < rows.End; i++)
            {
                Note(VectorProducts.Dot(first[i], second[j]), j, ref bestOfFirst[i]);
            }
        }
    }

    private void Note(double cosine, int ofSecond, ref double bestOfFirst)
    {
        cosine = this.ignoresSign ? Math.Abs(cosine) : cosine;
        // Math.Max keeps a NaN.
        bestOfFirst = Math.Max(bestOfFirst, cosine);
        this.OfSecond[ofSecond] = Math.Max(this.OfSecond[ofSecond], cosine);
    }
}
