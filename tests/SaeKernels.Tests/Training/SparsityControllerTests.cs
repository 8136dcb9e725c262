using SaeKernels.Abstractions;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class SparsityControllerTests
{
    [Fact]
    public void A_response_that_lags_by_a_tenth_of_the_run_settles_at_the_wanted_number_without_overshooting()
    {
        const int Steps = 2000;
        const double Wanted = 16;
        using ReferenceBackend<float> backend = new();
        using SparsityController controller = new(backend, Wanted, Steps, Steps / 20);
        RealBuffer l0 = backend.Place("L0", 500.0);
        double active = 500;
        double least = double.PositiveInfinity;
        for (int step = 1; step <= Steps; step++)
        {
            l0.Upload([active]);
            controller.Adapt(step, new ScalarSlot(l0, 0));
            active *= Math.Pow(1.5 / controller.Read() / active, 10.0 / Steps);
            least = Math.Min(least, active);
        }

        Assert.InRange(active, 0.99 * Wanted, 1.01 * Wanted);
        Assert.True(least > 0.5 * Wanted, $"L0 came down to {least}");
    }

    [Fact]
    public void More_active_latents_than_wanted_cost_more_and_fewer_cost_less()
    {
        double first = WeightAt(16);

        Assert.True(WeightAt(17) > first);
        Assert.True(WeightAt(15) < first);
        Assert.True(WeightAt(0) > 0);
    }

    [Fact]
    public void The_weight_rises_to_where_it_was_told_to_begin()
    {
        using ReferenceBackend<double> backend = new();
        using SparsityController controller = new(backend, 16, steps: 100, warmupSteps: 4, first: 0.0025);
        RealBuffer l0 = backend.Place("L0", 16.0);

        controller.Adapt(1, new ScalarSlot(l0, 0));
        Assert.Equal(0.0025 / 4, controller.Read(), 12);
        controller.Adapt(4, new ScalarSlot(l0, 0));
        Assert.Equal(0.0025, controller.Read(), 12);
    }

    [Fact]
    public void By_steps_the_weight_rises_over_the_warm_up_and_then_changes_by_a_fixed_share()
    {
        using ReferenceBackend<double> backend = new();
        using SparsityController controller = SparsityController.BySteps(backend, 16, 3e-4, warmupSteps: 4, unit: 2);
        RealBuffer l0 = backend.Place("L0", 20.0);
        Assert.Equal(0.15, WeightOf(1, 20), 12);
        Assert.Equal(0.6, WeightOf(4, 20), 12);
        Assert.Equal(0.6 * Math.Exp(3e-4), WeightOf(5, 20), 12);
        Assert.Equal(0.6, WeightOf(6, 15.9), 12);
        Assert.Equal(0.6 * Math.Exp(3e-4), WeightOf(7, 16), 12);
        Assert.Equal(0.6, WeightOf(8, 0), 12);

        double WeightOf(long step, double active)
        {
            l0.Upload([active]);
            controller.Adapt(step, new ScalarSlot(l0, 0));
            return controller.Read();
        }
    }

    [Fact]
    public void The_sum_begins_after_the_warm_up_and_comes_back_from_its_state()
    {
        using ReferenceBackend<float> backend = new();
        using SparsityController whole = new(backend, 16, 100, 2);
        using SparsityController resumed = new(backend, 16, 100, 2);
        ScalarSlot l0 = new(backend.Place("L0", 20.0), 0);
        whole.Adapt(1, l0);
        whole.Adapt(2, l0);
        Assert.Equal(0, whole.SaveState().Single().Value);
        whole.Adapt(3, l0);
        resumed.RestoreState(whole.SaveState());
        whole.Adapt(4, l0);
        resumed.Adapt(4, l0);

        Assert.Equal(whole.Read(), resumed.Read());
        Assert.Equal(whole.SaveState(), resumed.SaveState());
    }

    private static double WeightAt(double l0)
    {
        using ReferenceBackend<float> backend = new();
        using SparsityController controller = new(backend, 16, 100, 0);
        controller.Adapt(1, new ScalarSlot(backend.Place("L0", l0), 0));
        return controller.Read();
    }
}
