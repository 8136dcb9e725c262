using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class SparsityControllerTests
{
    [Fact]
    public void A_response_that_lags_by_a_tenth_of_the_run_settles_at_the_wanted_number_without_overshooting()
    {
        const int Steps = 2000;
        const double Wanted = 16;
        SparsityController controller = new(Wanted, Steps, Steps / 20);
        double l0 = 500;
        double least = double.PositiveInfinity;
        for (int step = 1; step <= Steps; step++)
        {
            double coefficient = controller.Next(step, l0) * Math.Min(1, step / (Steps / 20.0));
            l0 *= Math.Pow(1.5 / coefficient / l0, 10.0 / Steps);
            least = Math.Min(least, l0);
        }

        Assert.InRange(l0, 0.99 * Wanted, 1.01 * Wanted);
        Assert.True(least > 0.5 * Wanted, $"L0 came down to {least}");
    }

    [Fact]
    public void More_active_latents_than_wanted_cost_more_and_fewer_cost_less()
    {
        double first = new SparsityController(16, 100, 0).Next(1, 16);

        Assert.True(new SparsityController(16, 100, 0).Next(1, 17) > first);
        Assert.True(new SparsityController(16, 100, 0).Next(1, 15) < first);
        Assert.True(new SparsityController(16, 100, 0).Next(1, 0) > 0);
    }
}
