using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Data;

/// <summary>Inner products of short vectors that are filled up with zeros, in an order that is fixed.</summary>
internal static class AffineDot
{
    private const int Lanes = 16;

    /// <summary>The numbers that a vector takes.</summary>
    public static int LengthOf(int rank) => (rank + Lanes - 1) / Lanes * Lanes;

    /// <summary>Returns the product of two vectors.</summary>
    /// <param name="first">The first number of one, of as many as the other has.</param>
    /// <param name="other">The other, as long as <see cref="LengthOf"/> says.</param>
    public static float Product(ref float first, ReadOnlySpan<float> other)
    {
        ref float second = ref MemoryMarshal.GetReference(other);
        Vector512<float> sums = Vector512<float>.Zero;
        for (nuint place = 0; place < (nuint)other.Length; place += Lanes)
        {
            sums = Vector512.FusedMultiplyAdd(
                Vector512.LoadUnsafe(ref first, place), Vector512.LoadUnsafe(ref second, place), sums);
        }

        return Total(sums);
    }

    /// <summary>The sum of all elements, halves first: the same on every processor.</summary>
    public static float Total(Vector512<float> sums)
    {
        Vector256<float> halves = sums.GetLower() + sums.GetUpper();
        Vector128<float> quarters = halves.GetLower() + halves.GetUpper();
        return quarters[0] + quarters[1] + (quarters[2] + quarters[3]);
    }
}
