using System.Numerics;

namespace SaeKernels.Numerics;

/// <summary>Conversions between float32 and bfloat16, whose 16 bits are the upper half of a float32.</summary>
public static class Bfloat16
{
    /// <summary>Returns the float32 with the same value.</summary>
    /// <param name="bits">The bits of a bfloat16.</param>
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Converts many numbers to float32; no bit is lost.</summary>
    /// <param name="source">The bits of bfloat16 numbers.</param>
    /// <param name="destination">Receives the numbers; at least as long.</param>
    public static void ToSingles(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            Vector.AsVectorSingle(low << 16).CopyTo(destination[i..]);
            Vector.AsVectorSingle(high << 16).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = ToSingle(source[i]);
        }
    }

    /// <summary>
    /// Returns the bits of the nearest bfloat16; ties go to the even one, NaN stays NaN, overflow becomes ±∞.
    /// </summary>
    /// <param name="value">Any float32.</param>
    public static ushort FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
        {
            // Rounding could carry a NaN's mantissa into the sign; a set quiet bit keeps it a NaN.
            return (ushort)((bits >> 16) | 0x40);
        }

        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
