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

    /// <summary>Scales a row; a row of zeros stays. Threads own every group size-th pack.</summary>
    /// <param name="matrix">Holds the row.</param>
    /// <param name="start">The row's first element.</param>
    /// <param name="columns">The row's length.</param>
    /// <param name="isWanted">Whether the row is changed at all; threads meet at barriers in either case.</param>
    /// <param name="shared">Shared memory of a reduction.</param>
    public static void Scale<TPack>(
        ArrayView<float> matrix, long start, int columns, bool isWanted, ArrayView<float> shared)
        where TPack : unmanaged, IPack<TPack>
    {
        int first = Group.IdxX * TPack.Width;
        int step = Group.DimX * TPack.Width;
        float largest = 0;
        for (int column = first; column < columns; column += step)
        {
            largest = TPack.LargestMagnitude(TPack.Load(matrix, start + column), largest);
        }

        float factor = PowerOfTwoBelowInverse(GroupReduction.Max(shared, largest));
        float squares = 0;
        for (int column = first; column < columns; column += step)
        {
            TPack scaled = TPack.AddScaled(default, factor, TPack.Load(matrix, start + column));
            squares = TPack.AddProducts(squares, scaled, scaled);
        }

        float norm = MathF.Sqrt(GroupReduction.Sum(shared, squares));
        if (isWanted && norm != 0)
        {
            Shrink shrink = new() { Factor = factor, Norm = norm };
            for (int column = first; column < columns; column += step)
            {
                TPack numbers = TPack.Load(matrix, start + column);
                TPack.Store(matrix, start + column, TPack.Map(shrink, numbers, numbers, numbers));
            }
        }
    }

    private static float PowerOfTwoBelowInverse(float magnitude)
    {
        int exponent = (int)(Interop.FloatAsInt(magnitude) >> MantissaBits);
        int inverse = IntrinsicMath.Clamp(LargestExponent + 1 - exponent, 1, LargestExponent);
        return Interop.IntAsFloat((uint)inverse << MantissaBits);
    }

    private struct Shrink : IPackFunction
    {
        public float Factor;
        public float Norm;

        public readonly float Of(float a, float b, float c) => a * this.Factor / this.Norm;
    }
}
