using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Numerics;

public sealed class EvenBinsTests
{
    [Fact]
    public void Bins_begin_at_whole_multiples_of_their_width()
    {
        EvenBins bins = new(0, 4, 8);
        Assert.Equal(2, bins.Scale);
        for (int bin = 0; bin < bins.Count; bin++)
        {
            Assert.Equal(bin, bins.IndexOf(bin / 2f));
            Assert.Equal(bin, bins.IndexOf(MathF.BitDecrement((bin + 1) / 2f)));
        }
    }

    [Theory]
    [InlineData(3f, 7)]
    [InlineData(4f, 7)]
    [InlineData(float.PositiveInfinity, 7)]
    [InlineData(float.NaN, 7)]
    [InlineData(-1.5f, 0)]
    [InlineData(float.NegativeInfinity, 0)]
    public void What_lies_outside_falls_into_the_first_or_last_bin(float value, int bin) =>
        Assert.Equal(bin, new EvenBins(-1, 3, 8).IndexOf(value));

    [Fact]
    public void A_number_is_placed_by_its_rounded_distance_from_the_lower_edge() =>
        Assert.Equal(2, new EvenBins(-1, 3, 8).IndexOf(-float.Epsilon));

    [Fact]
    public void Rounding_up_to_the_upper_edge_stays_in_the_last_bin()
    {
        EvenBins bins = new(0, 0.7f, 49);
        float place = MathF.BitDecrement(0.7f) * bins.Scale;
        Assert.True(place >= 48);
        Assert.Equal(48, bins.IndexOf(MathF.BitDecrement(0.7f)));
        Assert.Equal(48, bins.IndexOf(0.7f));
    }
}
