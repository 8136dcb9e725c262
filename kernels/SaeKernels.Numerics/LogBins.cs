namespace SaeKernels.Numerics;

/// <summary>
/// A fixed logarithmic grid over positive numbers: <see cref="PerOctave"/> bins to each factor of two.
/// </summary>
/// <remarks>
/// The bin of a number is read off its float32 bits (exponent and first mantissa bits), so every backend finds the same
/// bin exactly; within an octave the bins have equal width. Numbers outside the range fall into the first or last bin.
/// </remarks>
public static class LogBins
{
    /// <summary>Bins to a factor of two.</summary>
    public const int PerOctave = 4;

    /// <summary>The number of bins.</summary>
    public const int Count = 128;

    /// <summary>The lower edge of the first bin, 2⁻²⁰.</summary>
    public const float Minimum = 1.0f / (1 << 20);

    /// <summary>How far the bits of a float32 are shifted right before <see cref="Offset"/> is subtracted.</summary>
    public const int Shift = 21;

    /// <summary>The shifted bits of <see cref="Minimum"/>.</summary>
    public const int Offset = (127 - 20) << 2;

    /// <summary>Returns the bin of a number, 0 to <see cref="Count"/> − 1.</summary>
    /// <param name="value">A positive number; NaN falls into the last bin.</param>
    public static int IndexOf(float value) =>
        // A NaN may carry a sign bit, which would send it to the first bin.
        float.IsNaN(value)
            ? Count - 1
            : Math.Clamp((BitConverter.SingleToInt32Bits(value) >> Shift) - Offset, 0, Count - 1);

    /// <summary>Returns the lower edge of a bin; the upper edge is the next bin's lower edge.</summary>
    /// <param name="bin">0 to <see cref="Count"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bin"/> is outside its range.</exception>
    public static float LowerEdge(int bin)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bin, Count);
        return BitConverter.Int32BitsToSingle((bin + Offset) << Shift);
    }
}
