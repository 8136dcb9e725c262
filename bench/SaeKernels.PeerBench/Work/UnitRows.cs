using SaeKernels.Numerics;

namespace SaeKernels.PeerBench;

/// <summary>Random matrices with rows of unit length.</summary>
internal static class UnitRows
{
    /// <summary>Returns a matrix [rows, columns]; a row depends on seed, purpose and its number alone.</summary>
    public static float[] Random(ulong seed, RandomPurpose purpose, int rows, int columns)
    {
        float[] matrix = new float[(long)rows * columns];
        Parallel.For(0, rows, row =>
        {
            RandomSequence random = new(seed, purpose, row);
            Span<float> target = matrix.AsSpan(row * columns, columns);
            double square = 0;
            for (int c = 0; c < columns; c++)
            {
                target[c] = (float)random.NextNormal();
                square += (double)target[c] * target[c];
            }

            float scale = (float)(1 / Math.Sqrt(square));
            for (int c = 0; c < columns; c++)
            {
                target[c] *= scale;
            }
        });
        return matrix;
    }
}
