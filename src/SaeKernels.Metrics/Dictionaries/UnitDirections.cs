using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>The rows of a dictionary, each scaled to unit length and held in float64 on the host.</summary>
/// <remarks>
/// A row of zeros has no direction: it stays zero and its cosine with every row is 0. A row with NaN is NaN.
/// </remarks>
public sealed class UnitDirections
{
    private readonly double[][] rows;

    private UnitDirections(double[][] rows, int width)
    {
        this.rows = rows;
        this.Width = width;
    }

    /// <summary>The number of directions.</summary>
    public int Count => this.rows.Length;

    /// <summary>The width of a direction.</summary>
    public int Width { get; }

    /// <summary>Whether a row has a NaN.</summary>
    public bool HasNaN => this.rows.Any(row => row.Any(double.IsNaN));

    /// <summary>Copies the rows of a matrix from its device.</summary>
    /// <param name="dictionary">The matrix [directions, width]; at least one row.</param>
    public static UnitDirections From(RealMatrix dictionary)
    {
        RequireRows(dictionary.Rows);
        double[][] rows = new double[dictionary.Rows][];
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = new double[dictionary.Columns];
            dictionary.Buffer.Download(rows[row].AsSpan(), (long)row * dictionary.Columns);
            Normalize(rows[row]);
        }

        return new UnitDirections(rows, dictionary.Columns);
    }

    /// <summary>Copies rows from the host.</summary>
    /// <param name="dictionary">The numbers, row after row; at least one whole row.</param>
    /// <param name="width">The width of a row; at least 1.</param>
    /// <exception cref="ArgumentException">There is no row, or the last one is not whole.</exception>
    public static UnitDirections From(ReadOnlySpan<float> dictionary, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        int count = dictionary.Length / width;
        RequireRows(count);
        if (dictionary.Length % width != 0)
        {
            throw new ArgumentException(
                $"UnitDirections: the dictionary must hold whole rows of width {width}, but holds "
                + $"{dictionary.Length} numbers. "
                + "Pass all rows, or the right width.");
        }

        double[][] rows = new double[count][];
        for (int row = 0; row < count; row++)
        {
            rows[row] = Array.ConvertAll(dictionary.Slice(row * width, width).ToArray(), value => (double)value);
            Normalize(rows[row]);
        }

        return new UnitDirections(rows, width);
    }

    /// <summary>Returns one direction.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    public ReadOnlySpan<double> this[int index] => this.rows[index];

    private static void RequireRows(int count)
    {
        if (count < 1)
        {
            throw new ArgumentException(
                "UnitDirections: the dictionary must have at least 1 row, but has none. Pass a dictionary.");
        }
    }

    private static void Normalize(double[] row)
    {
        double length = Math.Sqrt(row.Sum(value => value * value));
        if (length == 0)
        {
            return;
        }

        for (int d = 0; d < row.Length; d++)
        {
            row[d] /= length;
        }
    }
}
