using System.Numerics;
using SaeKernels.Files;

namespace SaeKernels.Data;

/// <summary>Finds NaN and infinity in long runs of numbers.</summary>
internal static class FiniteCheck
{
    /// <summary>Returns the index of the first element that is NaN or infinite, or −1.</summary>
    public static int IndexOfNonFinite(ReadOnlySpan<float> values)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            // x − x is 0 for finite x and NaN otherwise.
            Vector<float> part = new(values[i..]);
            if (!Vector.EqualsAll(part - part, Vector<float>.Zero))
            {
                break;
            }
        }

        for (; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Returns the index of the first 16-bit number that is NaN or infinite, or −1.</summary>
    /// <param name="type">F16 or BF16.</param>
    /// <param name="words">The numbers' bits.</param>
    public static int IndexOfNonFinite(TensorType type, ReadOnlySpan<ushort> words)
    {
        // All bits of the exponent set: infinite, or NaN.
        ushort exponent = type == TensorType.F16 ? (ushort)0x7C00 : (ushort)0x7F80;
        Vector<ushort> mask = new(exponent);
        int i = 0;
        for (; i <= words.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
        {
            if (Vector.EqualsAny(new Vector<ushort>(words[i..]) & mask, mask))
            {
                break;
            }
        }

        for (; i < words.Length; i++)
        {
            if ((words[i] & exponent) == exponent)
            {
                return i;
            }
        }

        return -1;
    }
}
