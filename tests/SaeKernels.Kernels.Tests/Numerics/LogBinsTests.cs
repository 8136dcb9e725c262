using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Numerics;

public sealed class LogBinsTests
{
    [Fact]
    public void Every_bin_begins_at_its_lower_edge()
    {
        for (int bin = 0; bin < LogBins.Count; bin++)
        {
            float edge = LogBins.LowerEdge(bin);
            Assert.Equal(bin, LogBins.IndexOf(edge));
            Assert.Equal(Math.Max(0, bin - 1), LogBins.IndexOf(MathF.BitDecrement(edge)));
            Assert.True(LogBins.LowerEdge(bin + 1) > edge);
        }
    }

    [Fact]
    public void Edges_divide_an_octave_evenly()
    {
        Assert.Equal(LogBins.Minimum, LogBins.LowerEdge(0));
        Assert.Equal(80, LogBins.IndexOf(1));
        Assert.Equal(
            [1f, 1.25f, 1.5f, 1.75f, 2f], Enumerable.Range(80, LogBins.PerOctave + 1).Select(LogBins.LowerEdge));
    }

    [Theory]
    [InlineData(1e-30f, 0)]
    [InlineData(float.Epsilon, 0)]
    [InlineData(4095f, 127)]
    [InlineData(4096f, 127)]
    [InlineData(float.MaxValue, 127)]
    [InlineData(float.PositiveInfinity, 127)]
    public void Numbers_outside_fall_into_the_first_or_last_bin(float value, int bin) =>
        Assert.Equal(bin, LogBins.IndexOf(value));

    [Theory]
    [InlineData(0x7FC00000u)]
    [InlineData(0xFFC00000u)] // what x86 makes of ∞ − ∞
    public void Nan_of_either_sign_falls_into_the_last_bin(uint bits) =>
        Assert.Equal(LogBins.Count - 1, LogBins.IndexOf(BitConverter.UInt32BitsToSingle(bits)));

    [Theory]
    [InlineData(-1)]
    [InlineData(LogBins.Count + 1)]
    public void Edges_outside_the_grid_are_refused(int bin) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => LogBins.LowerEdge(bin));
}
