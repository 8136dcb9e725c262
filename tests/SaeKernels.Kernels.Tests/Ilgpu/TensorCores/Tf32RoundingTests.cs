using ILGPU;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>The emulation of cvt.rna.tf32.f32.</summary>
public sealed class Tf32RoundingTests
{
    [Fact]
    public void Ties_go_away_from_zero_and_infinities_stay()
    {
        float place = 1 / 1024f;
        float[] numbers =
            [1, 1 + (place / 2), -1 - (place / 2), 1 + (place * 0.49f), float.PositiveInfinity, float.NegativeInfinity];

        uint[] words = SimulatedWarp.Run<float, uint>(RoundAll, numbers, numbers.Length);

        Assert.Equal(
            [1, 1 + place, -1 - place, 1, float.PositiveInfinity, float.NegativeInfinity],
            words.Select(Tf32Rounding.Value));
    }

    [Fact]
    public void Nan_stays_nan() => Assert.True(
        float.IsNaN(BitConverter.UInt32BitsToSingle(
            SimulatedWarp.Run<float, uint>(RoundAll, [float.NaN], 1)[0])));

    internal static void RoundAll(ArrayView<float> numbers, ArrayView<uint> words)
    {
        if (Group.IdxX < words.IntLength)
        {
            words[Group.IdxX] = Tf32Rounding.Round(numbers[Group.IdxX]);
        }
    }
}
