using System.Numerics;

namespace SaeKernels.Numerics;

/// <summary>Conversion of many float16 numbers at once.</summary>
public static class Float16
{
    /// <summary>Converts to float32; exact, subnormal numbers and ∞ included, and NaN stays NaN.</summary>
    /// <param name="source">The bits of float16 numbers.</param>
    /// <param name="destination">Receives the numbers; at least as long.</param>
    public static void ToSingles(ReadOnlySpan<ushort> source, Span<float> destination)
    {
        int i = 0;
        for (; i <= source.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(source[i..]), out Vector<uint> low, out Vector<uint> high);
            ToSingle(low).CopyTo(destination[i..]);
            ToSingle(high).CopyTo(destination[(i + Vector<uint>.Count)..]);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = (float)BitConverter.UInt16BitsToHalf(source[i]);
        }
    }

    private static Vector<float> ToSingle(Vector<uint> bits)
    {
        // Read in place, exponent and mantissa are a float32 that is 2¹¹² too small; the product is exact, subnormals
        // included. The largest exponent means ∞ or NaN and is set by hand.
        const float Rescale = 5.192296858534828e33f;
        Vector<uint> magnitude = bits & new Vector<uint>(0x7FFF);
        Vector<float> scaled = Vector.AsVectorSingle(magnitude << 13) * Rescale;
        Vector<uint> special = Vector.GreaterThan(magnitude, new Vector<uint>(0x7BFF)) & new Vector<uint>(0x7F800000);
        Vector<uint> sign = (bits & new Vector<uint>(0x8000)) << 16;
        return Vector.AsVectorSingle(Vector.AsVectorUInt32(scaled) | special | sign);
    }
}
