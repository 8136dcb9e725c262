using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Scales a row of a matrix to unit length; called in kernels, by all threads of a group together.</summary>
/// <remarks>
/// A power of two first brings the largest magnitude near 1, so that no square overflows or vanishes.
/// </remarks>
internal static class UnitRow
{
    private const int MantissaBits = 23;
    private const int LargestExponent = 253;

    /// <summary>Scales a row; a row of zeros stays. Threads own every group size-th column.</summary>
    /// <param name="matrix">Holds the row.</param>
    /// <param name="start">The row's first element.</param>
    /// <param name="columns">The row's length.</param>
    /// <param name="isWanted">Whether the row is changed at all; threads meet at barriers in either case.</param>
    /// <param name="shared">Shared memory of a reduction.</param>
    public static void Scale(ArrayView<float> matrix, long start, int columns, bool isWanted, ArrayView<float> shared)
    {
        float largest = 0;
        for (int column = Group.IdxX; column < columns; column += Group.DimX)
        {
            float magnitude = IntrinsicMath.Abs(matrix[start + column]);
            largest = magnitude > largest ? magnitude : largest;
        }

        float factor = PowerOfTwoBelowInverse(GroupReduction.Max(shared, largest));
        float squares = 0;
        for (int column = Group.IdxX; column < columns; column += Group.DimX)
        {
            float scaled = matrix[start + column] * factor;
            squares = FusedMultiplyAdd.Fma(scaled, scaled, squares);
        }

        float norm = MathF.Sqrt(GroupReduction.Sum(shared, squares));
        if (isWanted && norm != 0)
        {
            for (int column = Group.IdxX; column < columns; column += Group.DimX)
            {
                matrix[start + column] = matrix[start + column] * factor / norm;
            }
        }
    }

    private static float PowerOfTwoBelowInverse(float magnitude)
    {
        int exponent = (int)(Interop.FloatAsInt(magnitude) >> MantissaBits);
        int inverse = IntrinsicMath.Clamp(LargestExponent + 1 - exponent, 1, LargestExponent);
        return Interop.IntAsFloat((uint)inverse << MantissaBits);
    }
}
