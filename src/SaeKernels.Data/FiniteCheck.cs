using System.Numerics;

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
}
