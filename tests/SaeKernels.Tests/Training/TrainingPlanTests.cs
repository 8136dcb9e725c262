using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class TrainingPlanTests
{
    [Fact]
    public void Defaults_follow_the_command_line_contract()
    {
        TrainingPlan plan = TrainingPlan.Create(new TrainingOptions { Latents = 4096 }, dIn: 128, trainingRows: 90_000);

        Assert.Equal((2048, 2930), (plan.Batch, plan.Steps));
        Assert.Equal(2930 * 2048L / 8, plan.DeadAfterTokens);
        Assert.Equal(1.6e-3, plan.LearningRate, 15);
        Assert.Equal(64, plan.AuxK);
        Assert.Equal(1.0 / 32, plan.AuxKAlpha);
    }

    [Fact]
    public void One_epoch_of_large_data_is_more_than_six_million() =>
        Assert.Equal(9_765_625, TrainingPlan.Create(new TrainingOptions(), 8, 20_000_000_000).Steps);

    [Fact]
    public void Dead_after_is_at_most_ten_million_tokens() =>
        Assert.Equal(
            10_000_000,
            TrainingPlan.Create(new TrainingOptions { Tokens = 1_000_000_000 }, 8, 10).DeadAfterTokens);

    [Theory]
    [InlineData("relu", null, 3e-4, 4395, 1202)]
    [InlineData("gated", null, 3e-4, 1000, 500)]
    [InlineData("relu", null, 3e-3, 4395, 219)]
    [InlineData("relu", 0.1, 3e-4, 4395, 219)]
    [InlineData("jumprelu", null, 3e-4, 4395, 219)]
    public void A_weight_that_follows_L0_rises_while_a_row_can_go_ten_times_its_length(
        string architecture, double? l1, double rate, long steps, long expected)
    {
        TrainingOptions options = new()
        {
            Architecture = architecture,
            L1Coefficient = l1,
            LearningRate = rate,
            Steps = steps,
        };

        // 10 / (√768 · 3e-4) = 1202.8 steps, at most half of the run; else a twentieth of it.
        Assert.Equal(expected, TrainingPlan.Create(options, 768, 100_000).L1WarmupSteps);
    }

    public static TheoryData<TrainingOptions, string> Absurd => new()
    {
        { new() { Latents = 0 }, "Latents must be between 1" },
        { new() { Latents = 8, K = 9 }, "K must be between 1 and Latents = 8, but is 9. Lower K or raise Latents." },
        { new() { K = -1 }, "K must be between 1" },
        { new() { Batch = 0 }, "Batch must be between 1" },
        { new() { Tokens = 5, Steps = 5 }, "Tokens and Steps exclude each other" },
        { new() { Steps = 0 }, "Steps must be between 1" },
        { new() { Tokens = -7 }, "Tokens must be between 1" },
        { new() { LearningRate = 0 }, "LearningRate must be a positive number" },
        { new() { LearningRate = double.NaN }, "LearningRate must be a positive number" },
        { new() { LearningRate = 1e9 }, "LearningRate must be below 1000" },
        { new() { Holdout = 1 }, "Holdout must be from 0 to below 1" },
        { new() { Holdout = double.NaN }, "Holdout must be from 0 to below 1" },
        { new() { Beta1 = 1 }, "Beta1 must be from 0 to below 1" },
        { new() { Epsilon = 0 }, "Epsilon must be a positive number" },
        { new() { MaxGradientNorm = 0 }, "MaxGradientNorm must be positive" },
        { new() { AuxKAlpha = -1 }, "AuxKAlpha must be a number of at least 0" },
        { new() { DeadAfterTokens = 0 }, "DeadAfterTokens must be between 1" },
        { new() { WarmupSteps = -1 }, "WarmupSteps must be at least 0" },
        { new() { CheckpointEvery = 0 }, "CheckpointEvery must be between 1" },
    };

    [Theory]
    [MemberData(nameof(Absurd))]
    public void Absurd_options_are_refused_with_their_range(TrainingOptions options, string expected)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => TrainingPlan.Create(options, 16, 1000));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }
}
