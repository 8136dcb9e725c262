using SaeKernels.Abstractions;

namespace SaeKernels;

/// <summary>Reads the transpose of a device matrix, row after row, each times a factor of its own.</summary>
/// <remarks>
/// A device hands out contiguous elements only, so each row of the transpose needs a pass over the whole matrix. A
/// block of rows is staged in a pass: as many as fit 16 MiB or 1/32 of the matrix, which bounds both the memory and the
/// passes.
/// </remarks>
internal sealed class TransposedReader
{
    private const long LeastStagedElements = 1L << 22;
    private const int MostPasses = 32;
    private const int ChunkElements = 1 << 18;
    private readonly RealMatrix matrix;
    private readonly Func<int, double> factorOf;
    private readonly int stagedRows;
    private float[] staged = [];
    private int firstStagedRow = -1;

    /// <summary>Begins before the first row.</summary>
    /// <param name="matrix">The matrix.</param>
    /// <param name="factorOf">
    /// What the elements of a row of the transpose are multiplied with, in float64, before they are rounded.
    /// </param>
    public TransposedReader(RealMatrix matrix, Func<int, double> factorOf)
    {
        this.matrix = matrix;
        this.factorOf = factorOf;
        long elements = Math.Max(LeastStagedElements, (long)matrix.Rows * matrix.Columns / MostPasses);
        this.stagedRows = (int)Math.Clamp(Math.Min(elements, Array.MaxLength) / matrix.Rows, 1, matrix.Columns);
    }

    /// <summary>Reads elements of the transpose, counted row-major. Ascending reads stage each block once.</summary>
    /// <param name="firstElement">The first element.</param>
    /// <param name="destination">Receives as many elements as it is long.</param>
    public void Read(long firstElement, Span<float> destination)
    {
        while (!destination.IsEmpty)
        {
            int row = (int)(firstElement / this.matrix.Rows);
            int block = row / this.stagedRows * this.stagedRows;
            if (block != this.firstStagedRow)
            {
                Stage(block);
            }

            ReadOnlySpan<float> ready = this.staged.AsSpan((int)(firstElement - ((long)block * this.matrix.Rows)));
            int count = Math.Min(ready.Length, destination.Length);
            ready[..count].CopyTo(destination);
            destination = destination[count..];
            firstElement += count;
        }
    }

    private void Stage(int firstRow)
    {
        int columns = this.matrix.Columns;
        int rows = Math.Min(this.stagedRows, columns - firstRow);
        if (this.staged.Length != rows * this.matrix.Rows)
        {
            this.staged = new float[rows * this.matrix.Rows];
        }

        int chunkRows = Math.Clamp(ChunkElements / columns, 1, this.matrix.Rows);
        float[] chunk = new float[chunkRows * columns];
        for (int source = 0; source < this.matrix.Rows; source += chunkRows)
        {
            int count = Math.Min(chunkRows, this.matrix.Rows - source);
            this.matrix.Buffer.Download(chunk.AsSpan(0, count * columns), (long)source * columns);
            for (int row = 0; row < rows; row++)
            {
                double factor = this.factorOf(firstRow + row);
                Span<float> target = this.staged.AsSpan((row * this.matrix.Rows) + source, count);
                for (int i = 0; i < count; i++)
                {
                    target[i] = (float)(chunk[(i * columns) + firstRow + row] * factor);
                }
            }
        }

        this.firstStagedRow = firstRow;
    }
}
