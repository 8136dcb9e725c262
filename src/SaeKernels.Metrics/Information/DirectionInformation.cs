using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>The surprisal of the elements of each direction under a histogram of its own, with edges that all share.
/// </summary>
/// <remarks>Figures compare only at equal edges and bins.</remarks>
public sealed class DirectionInformation
{
    private const int Block = 1024;

    private DirectionInformation(float high, double[] bits)
    {
        this.High = high;
        this.Bits = bits;
    }

    /// <summary>Elements are counted from minus this to this: the largest |element| of all directions, or 1.</summary>
    public float High { get; }

    /// <summary>Bits of each direction, [DSae]; NaN where an element of the dictionary is not finite.</summary>
    public IReadOnlyList<double> Bits { get; }

    /// <summary>Counts a dictionary, in blocks of rows.</summary>
    /// <param name="dictionary">The dictionary [DSae, DOut].</param>
    /// <param name="bins">The number of bins; at least 1.</param>
    public static DirectionInformation Of(RealMatrix dictionary, int bins = CodeHistograms.DefaultBins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        float high = 0;
        Visit(dictionary, (_, direction) =>
        {
            foreach (float element in direction)
            {
                high = Math.Max(high, Math.Abs(element));
            }
        });
        high = high > 0 || float.IsNaN(high) ? high : 1;
        double[] bits = new double[dictionary.Rows];
        Visit(dictionary, (row, direction) =>
            bits[row] = float.IsFinite(high) ? BitsOf(direction, -high, high, bins) : double.NaN);
        return new DirectionInformation(high, bits);
    }

    /// <summary>The surprisal of the elements of one direction under their own histogram, in bits.</summary>
    /// <param name="direction">The elements.</param>
    /// <param name="low">They are counted from this on; smaller ones in the first bin.</param>
    /// <param name="high">Up to this, above <paramref name="low"/>; larger ones in the last bin.</param>
    /// <param name="bins">The number of bins; at least 1.</param>
    public static double BitsOf(ReadOnlySpan<float> direction, float low, float high, int bins)
    {
        EvenBins edges = new(low, high, bins);
        long[] counts = new long[bins];
        foreach (float element in direction)
        {
            counts[edges.IndexOf(element)]++;
        }

        return HistogramEntropy.SurprisalOf(counts);
    }

    private static void Visit(RealMatrix dictionary, Action<int, ReadOnlySpan<float>> visit)
    {
        float[] rows = new float[Math.Min(Block, dictionary.Rows) * dictionary.Columns];
        for (int first = 0; first < dictionary.Rows; first += Block)
        {
            int count = Math.Min(Block, dictionary.Rows - first);
            Span<float> part = rows.AsSpan(0, count * dictionary.Columns);
            dictionary.Buffer.Download(part, dictionary.Start + ((long)first * dictionary.Columns));
            for (int row = 0; row < count; row++)
            {
                visit(first + row, rows.AsSpan(row * dictionary.Columns, dictionary.Columns));
            }
        }
    }
}
