using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>Turns rows into columns: 16 or four at a time in registers where the processor has the shuffles.</summary>
internal static unsafe class Transposition
{
    private const int Side = 4;

    /// <summary>target[c][r] = source[r][c].</summary>
    /// <param name="source">The first row.</param>
    /// <param name="sourceStride">Numbers from one row to the next.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns.</param>
    /// <param name="target">Receives the columns as rows.</param>
    /// <param name="targetStride">Numbers from one of them to the next.</param>
    public static void Run(float* source, long sourceStride, int rows, int columns, float* target, long targetStride)
    {
        int blockedRows = Sse.IsSupported ? rows / Side * Side : 0;
        int blockedColumns = columns / Side * Side;
        (int wideRows, int wideColumns) = RunWide(source, sourceStride, rows, columns, target, targetStride);
        for (int row = 0; row < blockedRows; row += Side)
        {
            for (int column = row < wideRows ? wideColumns : 0; column < blockedColumns; column += Side)
            {
                float* corner = source + (row * sourceStride) + column;
                Block(corner, sourceStride, target + (column * targetStride) + row, targetStride);
            }
        }

        for (int row = 0; row < rows; row++)
        {
            for (int column = row < blockedRows ? blockedColumns : 0; column < columns; column++)
            {
                target[(column * targetStride) + row] = source[(row * sourceStride) + column];
            }
        }
    }

    /// <summary>Does what squares of 16 cover; returns how many rows and columns that is.</summary>
    private static (int Rows, int Columns) RunWide(
        float* source, long sourceStride, int rows, int columns, float* target, long targetStride)
    {
        if (!Avx512F.IsSupported || rows < Transposition16.Side || columns < Transposition16.Side)
        {
            return (0, 0);
        }

        float** sources = stackalloc float*[Transposition16.Side];
        int row = 0;
        int column = 0;
        for (; row <= rows - Transposition16.Side; row += Transposition16.Side)
        {
            for (int i = 0; i < Transposition16.Side; i++)
            {
                sources[i] = source + ((row + i) * sourceStride);
            }

            for (column = 0; column <= columns - Transposition16.Side; column += Transposition16.Side)
            {
                Transposition16.Run(sources, column, target + (column * targetStride) + row, targetStride);
            }
        }

        return (row, column);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Block(float* source, long sourceStride, float* target, long targetStride)
    {
        Vector128<float> row0 = Vector128.Load(source);
        Vector128<float> row1 = Vector128.Load(source + sourceStride);
        Vector128<float> row2 = Vector128.Load(source + (2 * sourceStride));
        Vector128<float> row3 = Vector128.Load(source + (3 * sourceStride));
        Vector128<float> low01 = Sse.UnpackLow(row0, row1);
        Vector128<float> low23 = Sse.UnpackLow(row2, row3);
        Vector128<float> high01 = Sse.UnpackHigh(row0, row1);
        Vector128<float> high23 = Sse.UnpackHigh(row2, row3);
        Sse.MoveLowToHigh(low01, low23).Store(target);
        Sse.MoveHighToLow(low23, low01).Store(target + targetStride);
        Sse.MoveLowToHigh(high01, high23).Store(target + (2 * targetStride));
        Sse.MoveHighToLow(high23, high01).Store(target + (3 * targetStride));
    }
}
