namespace SaeKernels.Numerics;

/// <summary>Conversions between float32 and bfloat16, whose 16 bits are the upper half of a float32.</summary>
public static class Bfloat16
{
    /// <summary>Returns the float32 with the same value.</summary>
    /// <param name="bits">The bits of a bfloat16.</param>
    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

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
