using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Numerics;

public sealed class CompensatedSumTests
{
    [Fact]
    public void Terms_that_a_plain_sum_loses_are_kept()
    {
        CompensatedSum sum = default;
        foreach (double term in new[] { 1, 1e100, 1, -1e100 })
        {
            sum.Add(term);
        }

        Assert.Equal(2, sum.Value);
    }

    [Fact]
    public void A_million_tenths_are_off_by_one_rounding_at_most()
    {
        CompensatedSum sum = default;
        for (int i = 0; i < 1_000_000; i++)
        {
            sum.Add(0.1);
        }

        // The exact sum of a million copies of the float64 nearest to 0.1, within 2u of it.
        double exact = (double)(1_000_000m * 0.1000000000000000055511151231m);
        Assert.InRange(Math.Abs(sum.Value - exact), 0, exact * Math.Pow(2, -52));
    }

    [Fact]
    public void Sums_add_with_their_errors()
    {
        CompensatedSum left = default;
        left.Add(1e100);
        left.Add(1);
        CompensatedSum right = default;
        right.Add(-1e100);
        right.Add(1);
        left.Add(right);
        Assert.Equal(2, left.Value);
    }

    [Theory]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity, double.NegativeInfinity)]
    [InlineData(double.NaN, double.NaN)]
    public void What_is_not_finite_stays(double term, double expected)
    {
        CompensatedSum sum = default;
        sum.Add(1);
        sum.Add(term);
        sum.Add(1);
        Assert.Equal(expected, sum.Value);
    }
}
