namespace SaeKernels.Abstractions;

/// <summary>A row-major matrix of real numbers in a buffer, which may be longer.</summary>
public readonly record struct RealMatrix
{
    /// <summary>Views a buffer as a matrix.</summary>
    /// <param name="buffer">Holds the numbers, row after row, from its first element on.</param>
    /// <param name="rows">The number of rows; at least 0.</param>
    /// <param name="columns">The number of columns; at least 1.</param>
    /// <exception cref="ArgumentException">The buffer is shorter than rows × columns.</exception>
    public RealMatrix(RealBuffer buffer, int rows, int columns)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        Shape.Require(
            buffer.Length >= (long)rows * columns,
            buffer.Name,
            $"a matrix of {rows} × {columns} needs {(long)rows * columns} elements, "
            + $"but the buffer has {buffer.Length}.",
            "Allocate a larger buffer.");
        this.Buffer = buffer;
        this.Rows = rows;
        this.Columns = columns;
    }

    private RealMatrix(RealMatrix whole, int firstRow, int rows)
    {
        this.Buffer = whole.Buffer;
        this.FirstRow = whole.FirstRow + firstRow;
        this.Rows = rows;
        this.Columns = whole.Columns;
    }

    /// <summary>Holds the numbers, row after row.</summary>
    public RealBuffer Buffer { get; }

    /// <summary>The rows that lie before this matrix in its buffer.</summary>
    public int FirstRow { get; }

    /// <summary>The first element of the matrix in its buffer.</summary>
    public long Start => (long)this.FirstRow * this.Columns;

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }

    /// <summary>Views some of the rows.</summary>
    /// <param name="firstRow">The first of them.</param>
    /// <param name="rows">How many.</param>
    /// <exception cref="ArgumentException">The matrix has not that many rows.</exception>
    public RealMatrix Slice(int firstRow, int rows)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstRow);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)firstRow + rows, this.Rows);
        return new RealMatrix(this, firstRow, rows);
    }
}
