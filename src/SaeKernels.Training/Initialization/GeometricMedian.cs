namespace SaeKernels.Training;

/// <summary>The point with the least sum of distances to a set of points: a mean that outliers hardly move.</summary>
public static class GeometricMedian
{
    private const int MaxIterations = 100;
    private const double Tolerance = 1e-6;

    /// <summary>Computes the geometric median by Weiszfeld's iteration in float64.</summary>
    /// <remarks>
    /// Starts from the mean and stops when the point moves less than 1e-6 of the mean distance, or after 100
    /// iterations. Distances are kept from zero by 1e-9 of the mean distance, so that a point that meets the iterate
    /// does no harm.
    /// Source: Weiszfeld 1937; Gao et al. 2024 start the decoder bias here.
    /// </remarks>
    /// <param name="points">The points, one after another.</param>
    /// <param name="dimension">The length of a point; at least 1.</param>
    /// <exception cref="ArgumentException">There is no point, or the last one is incomplete.</exception>
    public static double[] Compute(ReadOnlySpan<float> points, int dimension)
    {
        double[] median = Mean(points, dimension);
        int count = points.Length / dimension;
        double[] distances = new double[count];
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            double meanDistance = MeasureDistances(points, median, distances);
            if (meanDistance == 0 || Move(points, distances, meanDistance, median) < Tolerance * meanDistance)
            {
                break;
            }
        }

        return median;
    }

    /// <summary>Computes the mean in float64.</summary>
    /// <param name="points">The points, one after another.</param>
    /// <param name="dimension">The length of a point; at least 1.</param>
    /// <exception cref="ArgumentException">There is no point, or the last one is incomplete.</exception>
    public static double[] Mean(ReadOnlySpan<float> points, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (points.IsEmpty || points.Length % dimension != 0)
        {
            throw new ArgumentException(
                $"GeometricMedian: points must hold whole vectors of {dimension} numbers, at least one, "
                + $"but hold {points.Length} numbers.");
        }

        double[] mean = new double[dimension];
        int count = points.Length / dimension;
        for (int row = 0; row < count; row++)
        {
            AddScaled(points.Slice(row * dimension, dimension), 1, mean);
        }

        // Dividing at the end keeps the mean of equal points exact: sums of up to 2²⁹ equal float32 numbers are.
        for (int d = 0; d < dimension; d++)
        {
            mean[d] /= count;
        }

        return mean;
    }

    private static double MeasureDistances(ReadOnlySpan<float> points, double[] center, double[] distances)
    {
        double sum = 0;
        for (int row = 0; row < distances.Length; row++)
        {
            ReadOnlySpan<float> point = points.Slice(row * center.Length, center.Length);
            double square = 0;
            for (int d = 0; d < center.Length; d++)
            {
                double difference = point[d] - center[d];
                square += difference * difference;
            }

            distances[row] = Math.Sqrt(square);
            sum += distances[row];
        }

        return sum / distances.Length;
    }

    private static double Move(ReadOnlySpan<float> points, double[] distances, double meanDistance, double[] median)
    {
        double[] next = new double[median.Length];
        double floor = 1e-9 * meanDistance;
        double weights = 0;
        for (int row = 0; row < distances.Length; row++)
        {
            double weight = 1 / Math.Max(distances[row], floor);
            weights += weight;
            AddScaled(points.Slice(row * median.Length, median.Length), weight, next);
        }

        double square = 0;
        for (int d = 0; d < median.Length; d++)
        {
            double moved = (next[d] / weights) - median[d];
            square += moved * moved;
            median[d] += moved;
        }

        return Math.Sqrt(square);
    }

    private static void AddScaled(ReadOnlySpan<float> point, double weight, double[] sum)
    {
        for (int d = 0; d < sum.Length; d++)
        {
            sum[d] += weight * point[d];
        }
    }
}
