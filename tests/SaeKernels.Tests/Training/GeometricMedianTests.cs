using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class GeometricMedianTests
{
    [Fact]
    public void Triangle_with_an_angle_of_120_degrees_has_its_median_at_that_corner()
    {
        // The corner (0, 0) sees the others under 120 degrees: every point between has a larger sum of distances.
        float half = (float)(Math.Sqrt(3) / 2);
        double[] median = GeometricMedian.Compute([0, 0, 1, 0, -0.5f, half], 2);
        Assert.All(median, coordinate => Assert.Equal(0, coordinate, 1e-2));
    }

    [Fact]
    public void Fermat_point_of_an_equilateral_triangle_is_its_center()
    {
        float height = (float)Math.Sqrt(3);
        double[] median = GeometricMedian.Compute([-1, 0, 1, 0, 0, height], 2);
        Assert.Equal(0, median[0], 1e-6);
        Assert.Equal(Math.Sqrt(3) / 3, median[1], 1e-5);
    }

    [Fact]
    public void One_outlier_moves_the_mean_but_not_the_median()
    {
        float[] points = [.. Enumerable.Repeat(1.0f, 99), 1000.0f];
        Assert.Equal(10.99, GeometricMedian.Mean(points, 1)[0], 5);
        Assert.Equal(1, GeometricMedian.Compute(points, 1)[0], 1e-3);
    }

    [Fact]
    public void Equal_points_are_their_own_median() =>
        Assert.Equal([2.0, -3.0], GeometricMedian.Compute([2, -3, 2, -3, 2, -3], 2));

    [Fact]
    public void Half_a_vector_is_refused()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => GeometricMedian.Compute([1, 2, 3], 2));
        Assert.Contains("whole vectors of 2 numbers", exception.Message, StringComparison.Ordinal);
    }
}
