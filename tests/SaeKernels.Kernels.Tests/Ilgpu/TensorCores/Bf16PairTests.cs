using ILGPU;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>The emulation of cvt.rn.bf16x2.f32.</summary>
public sealed class Bf16PairTests
{
    [Fact]
    public void The_first_number_is_in_the_lower_half_and_ties_go_to_even()
    {
        // 1 + 2⁻⁸ lies between two bfloat16 and goes to the even 1; 1 + 3 · 2⁻⁸ goes to the even 1 + 2⁻⁶.
        float[] numbers =
            [1, -2, 1 + (1 / 256f), 1 + (3 / 256f), float.PositiveInfinity, float.MaxValue, 1e-40f, 3e38f];

        uint[] pairs = SimulatedWarp.Run<float, uint>(RoundPairs, numbers, 4);

        Assert.Equal([0xC0003F80u, 0x3F823F80u, 0x7F807F80u, 0x7F620001u], pairs);
    }

    [Fact]
    public void Halves_are_read_back() => Assert.Equal(
        (1, -2), (Bf16Pair.Lower(0xC0003F80), Bf16Pair.Upper(0xC0003F80)));

    internal static void RoundPairs(ArrayView<float> numbers, ArrayView<uint> pairs)
    {
        if (Group.IdxX < pairs.IntLength)
        {
            pairs[Group.IdxX] = Bf16Pair.Round(numbers[2 * Group.IdxX], numbers[(2 * Group.IdxX) + 1]);
        }
    }
}
