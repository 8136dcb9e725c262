using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training.Profiling;

public class OperationProfileTests
{
    private static readonly DeviceCeilings Ceilings = new(
    [
        new(CeilingKind.Fma, "fma", 100),
        new(CeilingKind.Bf16Product, "bf16", 1000),
        new(CeilingKind.Memory, "copy", 10),
        new(CeilingKind.Memory, "copy", 8),
        new(CeilingKind.Memory, "read", 5),
    ]);

    [Fact]
    public void Of_measurements_with_one_name_the_best_counts()
    {
        Assert.Equal(["fma", "bf16", "copy", "read"], Ceilings.All.Select(ceiling => ceiling.Name));
        Assert.Equal(10, Ceilings.Best(CeilingKind.Memory));
        Assert.Equal(0, Ceilings.Best(CeilingKind.Yardstick));
        Assert.Equal(1.25, Ceilings.Drift);
    }

    [Theory]
    [InlineData(400, 10, 0, 0, 4, OperationBound.Arithmetic)]
    [InlineData(100, 20, 0, 0, 2, OperationBound.Memory)]
    [InlineData(100, 10, 60, 10, 2, OperationBound.Gathers)]
    [InlineData(1, 1, 0, 0, 0.1, OperationBound.Latency)]
    [InlineData(1, 100, 0, 0, 10, OperationBound.Cache)]
    public void The_floor_is_the_longer_of_arithmetic_and_least_traffic(
        double flop, double streamed, double gathered, double distinct, double floor, OperationBound bound)
    {
        OperationProfile profile = Profile(
            new()
            {
                Shape = string.Empty,
                Flop = flop,
                StreamedBytes = streamed,
                GatheredBytes = gathered,
                DistinctBytes = distinct,
            },
            EncoderPrecision.Fp32);

        Assert.Equal(floor, profile.FloorSeconds);
        Assert.Equal(floor / 8, profile.ShareOfCeiling);
        Assert.Equal(bound, profile.Bound);
        Assert.Equal((flop / 8, (streamed + gathered) / 8), (profile.FlopPerSecond, profile.BytesPerSecond));
    }

    [Theory]
    [InlineData(true, EncoderPrecision.ExactBf16, 1)]
    [InlineData(true, EncoderPrecision.Fp32, 10)]
    [InlineData(true, EncoderPrecision.ExactTf32, 10)]
    [InlineData(false, EncoderPrecision.ExactBf16, 10)]
    public void Only_an_encoder_of_lower_precision_is_held_against_products_of_it(
        bool isEncoder, EncoderPrecision precision, double floor)
    {
        OperationCost cost = new() { Shape = string.Empty, Flop = 1000, StreamedBytes = 1, IsEncoder = isEncoder };

        Assert.Equal(floor, Profile(cost, precision).FloorSeconds);
    }

    [Fact]
    public void A_device_without_a_rate_of_memory_is_refused() => Assert.Throws<ArgumentException>(
        () => new DeviceCeilings([new(CeilingKind.Fma, "fma", 1)]));

    private static OperationProfile Profile(OperationCost cost, EncoderPrecision precision) =>
        new("Operation", cost, new Durations([8]), Ceilings, precision);
}
