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

    [Theory]
    [InlineData(16384, 8e-4)]
    [InlineData(1024, 3.2e-3)]
    [InlineData(65536, 4e-4)]
    public void Default_peak_falls_with_the_root_of_the_latents(int latents, double expected) =>
        Assert.Equal(expected, LearningRateSchedule.DefaultPeak(latents), 15);
}
