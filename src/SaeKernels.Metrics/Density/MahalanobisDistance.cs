namespace SaeKernels.Metrics;

/// <summary>How far two groups of points are apart, measured in their common spread.</summary>
public static class MahalanobisDistance
{
    // A part of its own variance is added to each element of the diagonal, so that one that never varies divides.
    private const double Ridge = 1e-9;

    /// <summary>Returns √((a − b)ᵀ · Σ⁻¹ · (a − b)) with the means a and b and the pooled covariance Σ.</summary>
    /// <param name="left">The points of one group, all of one width; at least one.</param>
    /// <param name="right">The points of the other group; at least one, and three in all.</param>
    public static double Between(double[][] left, double[][] right)
    {
        int width = left[0].Length;
        double[] leftMean = MeanOf(left, width);
        double[] rightMean = MeanOf(right, width);
        double[,] covariance = new double[width, width];
        AddProducts(covariance, left, leftMean);
        AddProducts(covariance, right, rightMean);
        double[] difference = [.. leftMean.Zip(rightMean, (a, b) => a - b)];
        for (int i = 0; i < width; i++)
        {
            for (int j = 0; j < width; j++)
            {
                covariance[i, j] /= left.Length + right.Length - 2;
            }

            covariance[i, i] = (covariance[i, i] * (1 + Ridge)) + double.Epsilon;
        }

        double[] solved = Solve(covariance, difference);
        return Math.Sqrt(solved.Zip(difference, (a, b) => a * b).Sum());
    }

    private static double[] MeanOf(double[][] points, int width) =>
        [.. Enumerable.Range(0, width).Select(i => points.Average(point => point[i]))];

    private static void AddProducts(double[,] sums, double[][] points, double[] mean)
    {
        foreach (double[] point in points)
        {
            for (int i = 0; i < mean.Length; i++)
            {
                for (int j = 0; j < mean.Length; j++)
                {
                    sums[i, j] += (point[i] - mean[i]) * (point[j] - mean[j]);
                }
            }
        }
    }

    /// <summary>Solves matrix · x = right by elimination; a positive definite matrix needs no pivots.</summary>
    private static double[] Solve(double[,] matrix, double[] right)
    {
        int width = right.Length;
        double[] x = [.. right];
        for (int column = 0; column < width; column++)
        {
            for (int row = 0; row < width; row++)
            {
                if (row == column)
                {
                    continue;
                }

                double factor = matrix[row, column] / matrix[column, column];
                for (int k = column; k < width; k++)
                {
                    matrix[row, k] -= factor * matrix[column, k];
                }

                x[row] -= factor * x[column];
            }
        }

        return [.. x.Select((value, i) => value / matrix[i, i])];
    }
}
