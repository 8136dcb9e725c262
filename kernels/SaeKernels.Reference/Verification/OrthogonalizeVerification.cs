using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Verifies <see cref="IComputeBackend.Orthogonalize"/>: the norm and the first two iterations, of tall matrices and
/// wide ones. Bounds of more would say nothing: each iteration widens them as if all errors had one sign.
/// </summary>
internal static class OrthogonalizeVerification
{
    // Bounds take time that grows with rows · columns².
    private const int MostRows = 257;
    private const int MostColumns = 64;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        (int rows, int columns) = (Math.Min(shape.DSae, MostRows), Math.Min(shape.DIn, MostColumns));
        yield return Check(candidate, shape, rows, columns, iterations: 1);
        yield return Check(candidate, shape, columns, rows, iterations: 2);
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, int rows, int columns, int iterations)
    {
        float[] matrix = new VerificationInputs(shape).Reals((long)rows * columns);
        Comparison comparison = new(
            nameof(IComputeBackend.Orthogonalize), shape, $"{rows} x {columns}, iterations {iterations}");
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<float> placed = bench.InOut("Matrix", matrix);
        OrthogonalizeArguments arguments = new()
        {
            Matrix = placed.Matrix(rows, columns),
            Iterations = iterations,
        };
        bench.Run(() => candidate.Orthogonalize(arguments));
        Bounded[,] expected = Normalized(matrix, rows, columns);
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            Bounded[,] gram = Product(Transposed(expected), expected);
            expected = Product(expected, Polynomial(gram, Product(gram, gram)));
        }

        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int place = (row * columns) + column;
                Bounded number = rows >= columns ? expected[row, column] : expected[column, row];
                comparison.Near("Matrix", place, placed.Found[place], number);
            }
        }

        return comparison.Result();
    }

    /// <summary>X / ‖X‖ with the longer side down.</summary>
    private static Bounded[,] Normalized(float[] matrix, int rows, int columns)
    {
        BoundedSum squares = default;
        foreach (float number in matrix)
        {
            squares.Add(Bounded.Exact(number).Square());
        }

        Bounded norm = squares.Total.Sqrt();
        bool isTall = rows >= columns;
        Bounded[,] result = new Bounded[Math.Max(rows, columns), Math.Min(rows, columns)];
        for (int place = 0; place < matrix.Length; place++)
        {
            (int row, int column) = (place / columns, place % columns);
            Bounded number = Bounded.Exact(matrix[place]);
            result[isTall ? row : column, isTall ? column : row] =
                norm.Value == 0 ? number : number * (Bounded.Exact(1) / norm);
        }

        return result;
    }

    private static Bounded[,] Polynomial(Bounded[,] gram, Bounded[,] square)
    {
        int side = gram.GetLength(0);
        Bounded[,] result = new Bounded[side, side];
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column < side; column++)
            {
                BoundedSum sum = default;
                sum.Add(Bounded.Rounded(OrthogonalizeArguments.Quintic) * square[row, column]);
                sum.Add(Bounded.Rounded(OrthogonalizeArguments.Cubic) * gram[row, column]);
                sum.Add(row == column ? Bounded.Rounded(OrthogonalizeArguments.Linear) : default);
                result[row, column] = sum.Total;
            }
        }

        return result;
    }

    private static Bounded[,] Transposed(Bounded[,] matrix)
    {
        Bounded[,] result = new Bounded[matrix.GetLength(1), matrix.GetLength(0)];
        for (int row = 0; row < matrix.GetLength(0); row++)
        {
            for (int column = 0; column < matrix.GetLength(1); column++)
            {
                result[column, row] = matrix[row, column];
            }
        }

        return result;
    }

    private static Bounded[,] Product(Bounded[,] left, Bounded[,] right)
    {
        (int rows, int columns) = (left.GetLength(0), right.GetLength(1));
        Bounded[,] result = new Bounded[rows, columns];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                BoundedSum sum = default;
                for (int k = 0; k < right.GetLength(0); k++)
                {
                    sum.Add(left[row, k] * right[k, column]);
                }

                result[row, column] = sum.Total;
            }
        }

        return result;
    }
}
