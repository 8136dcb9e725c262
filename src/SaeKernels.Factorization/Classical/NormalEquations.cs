namespace SaeKernels.Factorization;

/// <summary>Solves A·Y = B for a symmetric, positive semidefinite A by Cholesky's factorisation, in place.</summary>
/// <remarks>
/// Own code rather than a library's: thousands of small systems are solved on many threads at once, and each must stay
/// on its own thread and give the same bits.
/// </remarks>
internal static class NormalEquations
{
    // Relative to the largest diagonal entry: unknowns that nothing determines stay near 0.
    private const double Ridge = 1e-10;

    /// <summary>Solves the system.</summary>
    /// <param name="matrix">A [size, size], row-major; destroyed.</param>
    /// <param name="size">The number of unknowns.</param>
    /// <param name="right">B [size, width], row-major; receives Y.</param>
    /// <param name="width">The number of right-hand sides.</param>
    public static void Solve(double[] matrix, int size, double[] right, int width)
    {
        Factorize(matrix, size);
        for (int row = 0; row < size; row++)
        {
            Span<double> target = right.AsSpan(row * width, width);
            for (int column = 0; column < row; column++)
            {
                VectorMath.AddScaled(target, right.AsSpan(column * width, width), -matrix[(row * size) + column]);
            }

            Scale(target, 1 / matrix[(row * size) + row]);
        }

        for (int row = size - 1; row >= 0; row--)
        {
            Span<double> target = right.AsSpan(row * width, width);
            for (int column = row + 1; column < size; column++)
            {
                VectorMath.AddScaled(target, right.AsSpan(column * width, width), -matrix[(column * size) + row]);
            }

            Scale(target, 1 / matrix[(row * size) + row]);
        }
    }

    /// <summary>Replaces the lower half of A by L with A = L·Lᵀ.</summary>
    private static void Factorize(double[] matrix, int size)
    {
        double largest = 0;
        for (int i = 0; i < size; i++)
        {
            largest = Math.Max(largest, matrix[(i * size) + i]);
        }

        double ridge = Math.Max(Ridge * largest, double.Epsilon);
        for (int row = 0; row < size; row++)
        {
            Span<double> current = matrix.AsSpan(row * size, row + 1);
            for (int column = 0; column < row; column++)
            {
                ReadOnlySpan<double> other = matrix.AsSpan(column * size, column + 1);
                double sum = current[column] - Dot(current[..column], other[..column]);
                current[column] = sum / other[column];
            }

            double rest = current[row] + ridge - Dot(current[..row], current[..row]);
            current[row] = Math.Sqrt(Math.Max(rest, ridge));
        }
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        System.Numerics.Vector<double> sums = System.Numerics.Vector<double>.Zero;
        int i = 0;
        for (; i <= left.Length - System.Numerics.Vector<double>.Count; i += System.Numerics.Vector<double>.Count)
        {
            sums += new System.Numerics.Vector<double>(left[i..]) * new System.Numerics.Vector<double>(right[i..]);
        }

        double sum = System.Numerics.Vector.Sum(sums);
        for (; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }

    private static void Scale(Span<double> row, double factor)
    {
        for (int i = 0; i < row.Length; i++)
        {
            row[i] *= factor;
        }
    }
}
