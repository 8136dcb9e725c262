using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>The emulated accumulator does what is known of tensor cores, no better.</summary>
public sealed class EmulatedAccumulatorTests
{
    private const float Tiny = 1 / 16777216f;

    [Fact]
    public void Parts_below_the_last_place_of_the_largest_are_cut_off_each_for_itself()
    {
        // Each of eight parts is half a last place of 1: together four last places, but all are dropped.
        float[] a = [.. Enumerable.Repeat(Tiny, 8)];
        float[] b = [.. Enumerable.Repeat(1f, 8)];
        Assert.Equal(1, EmulatedAccumulator.Add(1, a, b, 8, 24));
        Assert.Equal(1 + (8 * Tiny), EmulatedAccumulator.Add(1, a, b, 8, 25));
    }

    [Fact]
    public void Negative_parts_are_cut_off_towards_zero_as_well() =>
        Assert.Equal(1, EmulatedAccumulator.Add(1, [-Tiny], [1], 8, 24));

    [Fact]
    public void A_block_that_cancels_leaves_what_alignment_kept() =>
        Assert.Equal(0, EmulatedAccumulator.Add(0, [1, -1, Tiny], [1, 1, 0.5f], 8, 24));

    [Fact]
    public void A_later_block_is_aligned_anew() =>
        Assert.Equal(Tiny, EmulatedAccumulator.Add(0, [1, -1, Tiny], [1, 1, 1], 2, 24));

    [Fact]
    public void The_result_is_cut_to_float32() =>
        Assert.Equal(
            MathF.BitDecrement(2), EmulatedAccumulator.Add(MathF.BitDecrement(2), [Tiny], [0.5f], 8, 26));

    [Fact]
    public void Infinities_and_nan_pass()
    {
        Assert.Equal(float.PositiveInfinity, EmulatedAccumulator.Add(1, [float.PositiveInfinity], [1], 8, 24));
        Assert.True(float.IsNaN(EmulatedAccumulator.Add(float.NegativeInfinity, [float.PositiveInfinity], [1], 8, 24)));
        Assert.Equal(float.PositiveInfinity, EmulatedAccumulator.Add(float.MaxValue, [float.MaxValue], [1], 8, 24));
    }
}
