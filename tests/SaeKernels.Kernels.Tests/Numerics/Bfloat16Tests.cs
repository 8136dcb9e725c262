using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Numerics;

public sealed class Bfloat16Tests
{
    [Fact]
    public void Every_pattern_makes_the_round_trip()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float value = Bfloat16.ToSingle((ushort)bits);
            ushort back = Bfloat16.FromSingle(value);
            // A signalling NaN may be made quiet; it stays a NaN of the same sign.
            Assert.True(float.IsNaN(value) ? (bits | 0x40) == back : bits == back, $"{bits:x4} came back as {back:x4}");
        }
    }

    [Theory]
    [InlineData(0x3F808000u, 0x3F80)] // halfway above an even one: down
    [InlineData(0x3F818000u, 0x3F82)] // halfway above an odd one: up
    [InlineData(0x3F808001u, 0x3F81)] // just above halfway: up
    [InlineData(0x3F817FFFu, 0x3F81)] // just below halfway: down
    [InlineData(0x7F7FFFFFu, 0x7F80)] // the largest float32 becomes +∞
    [InlineData(0xFF7FFFFFu, 0xFF80)]
    [InlineData(0x00008000u, 0x0000)] // a denormal tie
    [InlineData(0x80018000u, 0x8002)]
    public void Ties_go_to_the_even_one(uint singleBits, int expected) =>
        Assert.Equal((ushort)expected, Bfloat16.FromSingle(BitConverter.UInt32BitsToSingle(singleBits)));

    [Theory]
    [InlineData(0x7F800001u)] // a NaN whose upper half alone would be infinite
    [InlineData(0x7FFFFFFFu)] // a NaN that rounding would carry into the sign
    [InlineData(0xFFFFFFFFu)]
    public void Nan_stays_nan(uint singleBits) =>
        Assert.True(float.IsNaN(Bfloat16.ToSingle(Bfloat16.FromSingle(BitConverter.UInt32BitsToSingle(singleBits)))));
}
