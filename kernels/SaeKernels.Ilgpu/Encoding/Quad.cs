using System.Runtime.CompilerServices;
using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Four neighbouring numbers, which devices load and store at once.</summary>
internal struct Quad
{
    public const int Length = 4;
    public float V0;
    public float V1;
    public float V2;
    public float V3;

    /// <summary>Loads columns of a row of a matrix in global memory; 0 past the row's end.</summary>
    /// <param name="matrix">Holds the row.</param>
    /// <param name="start">The row's first element.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columns">The row's length.</param>
    /// <param name="isAligned">Whether every row begins at a multiple of 16 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Quad Load(ArrayView<float> matrix, long start, int column, int columns, bool isAligned)
    {
        Quad quad = default;
        if (isAligned)
        {
            if (column < columns)
            {
                ArrayView<Quad> quads = matrix.Cast<Quad>();
                quad = GlobalVector.Load(ref quads[(start + column) / Length]);
            }
        }
        else
        {
            quad.V0 = column < columns ? matrix[start + column] : 0;
            quad.V1 = column + 1 < columns ? matrix[start + column + 1] : 0;
            quad.V2 = column + 2 < columns ? matrix[start + column + 2] : 0;
            quad.V3 = column + 3 < columns ? matrix[start + column + 3] : 0;
        }

        return quad;
    }
}
