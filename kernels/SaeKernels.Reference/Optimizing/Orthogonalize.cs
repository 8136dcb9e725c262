using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   X ← X / ‖X‖, then in each iteration X ← X·(a·I + b·A + c·A²) with A = XᵀX, or from the left with XXᵀ
/// Work       4 · n² · m + 2 · n³ FLOP an iteration for sides n ≤ m
/// Traffic    16 · rows · columns bytes an iteration
/// Launch     one thread
/// Shared     2 · m · n + 2 · n² float64 of scratch        Barriers  none
/// Order      ascending, in float64; deterministic
/// Error      that of float64 sums of m and n terms, an iteration after the other; one rounding at the end
/// Source     Jordan et al. 2024, "Muon"
/// </summary>
internal static class Orthogonalize
{
    public static void Run<T>(in OrthogonalizeArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> rows = RealRows<T>.Of(arguments.Matrix);
        (int height, int width) = (arguments.Matrix.Rows, arguments.Matrix.Columns);
        bool isTall = height >= width;
        double[,] matrix = new double[Math.Max(height, width), Math.Min(height, width)];
        double squares = 0;
        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                double number = rows[row, column];
                squares += number * number;
                matrix[isTall ? row : column, isTall ? column : row] = number;
            }
        }

        Divide(matrix, Math.Sqrt(squares));
        for (int iteration = 0; iteration < arguments.Iterations; iteration++)
        {
            matrix = Product(matrix, Polynomial(Gram(matrix)));
        }

        for (int row = 0; row < height; row++)
        {
            for (int column = 0; column < width; column++)
            {
                rows[row, column] = matrix[isTall ? row : column, isTall ? column : row];
            }
        }
    }

    private static void Divide(double[,] matrix, double norm)
    {
        for (int row = 0; norm != 0 && row < matrix.GetLength(0); row++)
        {
            for (int column = 0; column < matrix.GetLength(1); column++)
            {
                matrix[row, column] /= norm;
            }
        }
    }

    /// <summary>a·I + b·A + c·A² of a symmetric A.</summary>
    private static double[,] Polynomial(double[,] gram)
    {
        double[,] result = Product(gram, gram);
        int side = gram.GetLength(0);
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column < side; column++)
            {
                result[row, column] = (OrthogonalizeArguments.Quintic * result[row, column])
                    + (OrthogonalizeArguments.Cubic * gram[row, column])
                    + (row == column ? OrthogonalizeArguments.Linear : 0);
            }
        }

        return result;
    }

    private static double[,] Gram(double[,] matrix)
    {
        int side = matrix.GetLength(1);
        double[,] result = new double[side, side];
        for (int row = 0; row < matrix.GetLength(0); row++)
        {
            for (int i = 0; i < side; i++)
            {
                for (int j = 0; j < side; j++)
                {
                    result[i, j] += matrix[row, i] * matrix[row, j];
                }
            }
        }

        return result;
    }

    private static double[,] Product(double[,] left, double[,] right)
    {
        (int rows, int depth, int columns) = (left.GetLength(0), left.GetLength(1), right.GetLength(1));
        double[,] result = new double[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int k = 0; k < depth; k++)
            {
                for (int column = 0; column < columns; column++)
                {
                    result[row, column] += left[row, k] * right[k, column];
                }
            }
        }

        return result;
    }
}
