using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Report;

/// <summary>The plane in which directions vary most: their coordinates along the first two principal axes.</summary>
/// <remarks>
/// Orthogonal iteration on the centred rows from a seeded start; an axis points so that its largest coordinate is
/// positive. Coordinates are float64.
/// </remarks>
internal static class PrincipalPlane
{
    private const int Iterations = 60;

    public static (double[] X, double[] Y) Of(UnitDirections directions)
    {
        double[][] centered = Center(directions);
        RandomSequence random = new(1, RandomPurpose.General);
        double[][] axes = [Start(ref random, directions.Width), Start(ref random, directions.Width)];
        double[][] coordinates = [new double[centered.Length], new double[centered.Length]];
        for (int iteration = 0; iteration < Iterations; iteration++)
        {
            Orthogonalize(axes);
            for (int axis = 0; axis < axes.Length; axis++)
            {
                Project(centered, axes[axis], coordinates[axis]);
                axes[axis] = Combine(centered, coordinates[axis], directions.Width);
            }
        }

        return (Turn(coordinates[0]), Turn(coordinates[1]));
    }

    private static double[][] Center(UnitDirections directions)
    {
        double[] mean = new double[directions.Width];
        for (int row = 0; row < directions.Count; row++)
        {
            for (int d = 0; d < mean.Length; d++)
            {
                mean[d] += directions[row][d] / directions.Count;
            }
        }

        double[][] centered = new double[directions.Count][];
        for (int row = 0; row < centered.Length; row++)
        {
            centered[row] = directions[row].ToArray();
            for (int d = 0; d < mean.Length; d++)
            {
                centered[row][d] -= mean[d];
            }
        }

        return centered;
    }

    private static double[] Start(ref RandomSequence random, int width)
    {
        double[] axis = new double[width];
        for (int d = 0; d < width; d++)
        {
            axis[d] = random.NextNormal();
        }

        return axis;
    }

    private static void Orthogonalize(double[][] axes)
    {
        Scale(axes[0]);
        double along = VectorProducts.Dot(axes[0], axes[1]);
        for (int d = 0; d < axes[1].Length; d++)
        {
            axes[1][d] -= along * axes[0][d];
        }

        Scale(axes[1]);
    }

    private static void Scale(double[] axis)
    {
        double length = Math.Sqrt(VectorProducts.Dot(axis, axis));
        for (int d = 0; d < axis.Length && length > 0; d++)
        {
            axis[d] /= length;
        }
    }

    private static void Project(double[][] rows, double[] axis, double[] coordinates) =>
        _ = Parallel.For(0, rows.Length, row => coordinates[row] = VectorProducts.Dot(rows[row], axis));

    private static double[] Combine(double[][] rows, double[] coordinates, int width)
    {
        double[] axis = new double[width];
        for (int row = 0; row < rows.Length; row++)
        {
            for (int d = 0; d < width; d++)
            {
                axis[d] += coordinates[row] * rows[row][d];
            }
        }

        return axis;
    }

    private static double[] Turn(double[] coordinates)
    {
        double largest = coordinates.MaxBy(Math.Abs);
        return largest < 0 ? [.. coordinates.Select(value => -value)] : coordinates;
    }
}
