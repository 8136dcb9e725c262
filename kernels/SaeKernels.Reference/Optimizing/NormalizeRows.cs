using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   w ← w / ‖w‖ for every row
/// Work       3 · rows · columns FLOP
/// Traffic    8 · rows · columns bytes
/// Launch     one thread, row after row
/// Shared     none        Barriers  none
/// Order      columns ascending, in float64; deterministic
/// Error      (columns / 2 + 2) · 2⁻⁵³ · |w| / ‖w‖, and one rounding
/// Source     Bricken et al. 2023, appendix
/// </summary>
internal static class NormalizeRows
{
    public static void Run<T>(in NormalizeRowsArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        RealRows<T> matrix = RealRows<T>.Of(arguments.Matrix);
        for (int row = 0; row < arguments.Matrix.Rows; row++)
        {
            Row(matrix, row);
        }
    }

    /// <summary>Scales one row to unit length; a row of zeros stays.</summary>
    public static void Row<T>(RealRows<T> matrix, int row)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double squares = 0;
        for (int column = 0; column < matrix.Columns; column++)
        {
            squares += matrix[row, column] * matrix[row, column];
        }

        if (squares == 0)
        {
            return;
        }

        double norm = Math.Sqrt(squares);
        for (int column = 0; column < matrix.Columns; column++)
        {
            matrix[row, column] /= norm;
        }
    }
}
