namespace SaeKernels.Abstractions;

/// <summary>A row-major matrix of real numbers at the beginning of a buffer, which may be longer.</summary>
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

    /// <summary>Holds the numbers, row after row, from its first element on.</summary>
    public RealBuffer Buffer { get; }

    /// <summary>The number of rows.</summary>
    public int Rows { get; }

    /// <summary>The number of columns.</summary>
    public int Columns { get; }
}
