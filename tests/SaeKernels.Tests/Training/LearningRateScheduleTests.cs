using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class LearningRateScheduleTests
{
    private static readonly LearningRateSchedule Schedule =
        new() { Peak = 0.5, Steps = 100, WarmupSteps = 10, DecaySteps = 20 };

    [Theory]
    [InlineData(1, 0.05)]
    [InlineData(5, 0.25)]
    [InlineData(10, 0.5)]
    [InlineData(50, 0.5)]
    [InlineData(81, 0.5)]
    [InlineData(91, 0.25)]
    [InlineData(100, 0.025)]
    public void Rises_stays_and_falls_linearly(long step, double expected) =>
        Assert.Equal(expected, Schedule.At(step), 15);

    [Fact]
    public void Without_warm_up_and_decay_it_is_constant()
    {
        LearningRateSchedule constant = Schedule with { WarmupSteps = 0, DecaySteps = 0 };
        Assert.Equal([0.5, 0.5, 0.5], [constant.At(1), constant.At(50), constant.At(100)]);
    }

    // A quarter, a half and all but a twentieth of the fall are over at steps 86, 91 and 100.
    [Theory]
    [InlineData(LearningRateShape.Linear, 0.0, 0.375, 0.25, 0.025)]
    [InlineData(LearningRateShape.Linear, 0.5, 0.4375, 0.375, 0.2625)]
    [InlineData(LearningRateShape.Cosine, 0.0, 0.42677669529663687, 0.25, 0.0030779148512155716)]
    [InlineData(LearningRateShape.Cosine, 0.1, 0.43409902576697316, 0.275, 0.052770123366094014)]
    [InlineData(LearningRateShape.Wsd, 0.0, 0.25, 0.14644660940672627, 0.012660282759551833)]
    [InlineData(LearningRateShape.Wsd, 0.2, 0.3, 0.217157287525381, 0.11012822620764147)]
    public void Falls_in_its_shape_to_its_floor(
        LearningRateShape shape, double floor, double quarter, double half, double end)
    {
        LearningRateSchedule schedule = Schedule with { Shape = shape, Floor = floor };
        Assert.Equal(
            [0.25, 0.5, 0.5, quarter, half, end],
            new long[] { 5, 10, 81, 86, 91, 100 }.Select(step => Math.Round(schedule.At(step), 15)),
            (expected, found) => Math.Abs(expected - found) < 1e-15);
    }

    [Fact]
    public void A_cosine_falls_from_the_warm_up_on_and_a_constant_rate_not_at_all()
    {
        TrainingOptions options = new() { Steps = 1000, LearningRateShape = LearningRateShape.Cosine };
        Assert.Equal(950, Plan(options).DecaySteps);
        Assert.Equal(0, Plan(options with { LearningRateShape = LearningRateShape.Constant }).DecaySteps);
        Assert.Equal(200, Plan(options with { LearningRateShape = LearningRateShape.Wsd }).DecaySteps);
        TrainingPlan signum = Plan(new TrainingOptions { Steps = 1000, Optimizer = OptimizerKind.Signum });
        Assert.Equal((LearningRateShape.Constant, 0, 0), (
            signum.LearningRateShape, signum.WarmupSteps, signum.DecaySteps));
        Assert.Equal((0.95, 0.02), (signum.Momentum, signum.LearningRate));
    }

    [Theory]
    [InlineData("default", 16384, 8e-4)]
    [InlineData("default", 1024, 3.2e-3)]
    [InlineData("default", 65536, 4e-4)]
    [InlineData("dictionary-learning", 16384, 2e-4)]
    [InlineData("dictionary-learning", 65536, 1e-4)]
    [InlineData("openai", 32768, 1e-4)]
    [InlineData("openai", 131072, 5e-5)]
    [InlineData("sparsify-signum", 16384, 5e-3)]
    [InlineData("sparsify-signum", 65536, 2.5e-3)]
    public void Peaks_fall_with_the_root_of_the_latents(string rule, int latents, double expected)
    {
        Assert.Equal(expected, LearningRateRule.Get(rule).Peak(latents), 15);
        Assert.Equal(expected, Plan(new() { Latents = latents, LearningRateRule = rule }).LearningRate, 15);
        if (rule == "default")
        {
            Assert.Equal(expected, Plan(new() { Latents = latents }).LearningRate, 15);
        }
    }

    // Rates are 1, 2, 3, 4, 4, 4, 4 and 2. Source: Defazio et al. 2024, §4.
    [Fact]
    public void Iterates_of_signum_count_with_the_square_of_the_largest_rate_up_to_them()
    {
        AveragingWeights weights = new(new() { Peak = 4, Steps = 8, WarmupSteps = 4, DecaySteps = 2 });
        double[] expected = [1, 4.0 / 5, 9.0 / 14, 16.0 / 30, 16.0 / 46, 16.0 / 62, 16.0 / 78, 16.0 / 94];

        Assert.Equal(expected, Enumerable.Range(1, 8).Select(step => weights.At(step)));
        Assert.Equal(expected[2], weights.At(3));
    }

    private static TrainingPlan Plan(TrainingOptions options) =>
        TrainingPlan.Create(options, dIn: 16, trainingRows: 200_000);
}
