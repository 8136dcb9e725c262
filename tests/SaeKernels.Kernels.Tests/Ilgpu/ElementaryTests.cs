using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu;

/// <summary>exp and ln of kernels against float64, over all that penalties can ask for.</summary>
public sealed class ElementaryTests
{
    private const double Rounding = 1.0 / (1 << 24);

    [Fact]
    public void Exp_is_within_four_roundings() => Assert.InRange(
        Enumerable.Range(-87_000, 175_001)
            .Select(i => i / 1000f)
            .Max(x => Error(Elementary.Exp(x), Math.Exp(x))),
        0.1,
        4);

    // Numbers from 2⁻¹²⁵ to 2¹²⁵, all parts of the mantissa.
    [Fact]
    public void Ln_is_within_four_roundings() => Assert.InRange(
        Enumerable.Range(-100_000, 200_001)
            .Select(i => (float)Math.Pow(2, i / 800.0))
            .Max(x => Error(Elementary.Log(x), Math.Log(x))),
        0.1,
        4);

    [Fact]
    public void Nan_stays_and_arguments_outside_the_range_give_its_ends()
    {
        Assert.Equal(float.NaN, Elementary.Exp(float.NaN));
        Assert.Equal(float.NaN, Elementary.Log(float.NaN));
        Assert.Equal(Elementary.Exp(-87), Elementary.Exp(-1000));
        Assert.Equal(Elementary.Exp(88), Elementary.Exp(float.PositiveInfinity));
        Assert.Equal(0, Elementary.Log(1));
    }

    private static double Error(float found, double expected) =>
        expected == 0 ? Math.Abs(found) / Rounding : Math.Abs(found - expected) / (Math.Abs(expected) * Rounding);
}
