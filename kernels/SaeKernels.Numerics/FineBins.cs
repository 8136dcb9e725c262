namespace SaeKernels.Numerics;

/// <summary>
/// A grid over all positive numbers: <see cref="PerOctave"/> bins of equal width to each factor of two.
/// </summary>
/// <remarks>
/// The bin of a number is read off its float32 bits, so every backend finds the same bin exactly. A number is within
/// 1/128 (0.8 %) of the middle of its bin.
/// </remarks>
public static class FineBins
{
    /// <summary>Bins to a factor of two.</summary>
    public const int PerOctave = 64;

    /// <summary>Factors of two that a float32 may lie in; those of ∞ and NaN are the last.</summary>
    public const int Octaves = 256;

    /// <summary>How far the bits of a float32 are shifted right to give its bin.</summary>
    public const int Shift = 17;

    /// <summary>The bin of ∞ and NaN, above those of all numbers.</summary>
    public const int Infinite = 0x7F80_0000 >> Shift;

    /// <summary>Returns the bin of a number, 0 to <see cref="Infinite"/>.</summary>
    /// <param name="value">A number of at least 0, ∞ or NaN.</param>
    public static int IndexOf(float value) =>
        float.IsNaN(value) ? Infinite : BitConverter.SingleToInt32Bits(value) >> Shift;

    /// <summary>Returns the lower edge of a bin; the upper edge is the next bin's lower edge.</summary>
    /// <param name="bin">0 to <see cref="Infinite"/>.</param>
    public static float LowerEdge(int bin) => BitConverter.Int32BitsToSingle(bin << Shift);

    /// <summary>Returns the middle of a bin; ∞ for the last one.</summary>
    /// <param name="bin">0 to <see cref="Infinite"/>.</param>
    public static float Middle(int bin) => bin == Infinite
        ? float.PositiveInfinity
        : BitConverter.Int32BitsToSingle((bin << Shift) | (1 << (Shift - 1)));
}
