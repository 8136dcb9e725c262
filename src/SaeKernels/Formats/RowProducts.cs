using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>Products of a matrix's rows with a vector, in float64 and blocks of rows.</summary>
internal static class RowProducts
{
    private const int ChunkElements = 1 << 18;

    /// <summary>Returns ⟨row, v⟩ of consecutive rows.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="count">How many.</param>
    /// <param name="v">The vector, by column.</param>
    public static double[] Of(RealMatrix matrix, int firstRow, int count, Func<int, double> v)
    {
        double[] products = new double[count];
        int columns = matrix.Columns;
        int chunkRows = Math.Max(1, ChunkElements / columns);
        float[] chunk = new float[Math.Min(chunkRows, Math.Max(1, count)) * columns];
        for (int done = 0; done < count; done += chunkRows)
        {
            int rows = Math.Min(chunkRows, count - done);
            matrix.Buffer.Download(chunk.AsSpan(0, rows * columns), (long)(firstRow + done) * columns);
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    products[done + row] += (double)chunk[(row * columns) + column] * v(column);
                }
            }
        }

        return products;
    }
}
