using System.Runtime.CompilerServices;
using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>Sixteen numbers in registers: fields, because ILGPU keeps arrays in memory.</summary>
internal struct Lane16
{
    public float V0;
    public float V1;
    public float V2;
    public float V3;
    public float V4;
    public float V5;
    public float V6;
    public float V7;
    public float V8;
    public float V9;
    public float V10;
    public float V11;
    public float V12;
    public float V13;
    public float V14;
    public float V15;

    /// <summary>Returns one number in all lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 Of(float value) => new()
    {
        V0 = value,
        V1 = value,
        V2 = value,
        V3 = value,
        V4 = value,
        V5 = value,
        V6 = value,
        V7 = value,
        V8 = value,
        V9 = value,
        V10 = value,
        V11 = value,
        V12 = value,
        V13 = value,
        V14 = value,
        V15 = value,
    };

    /// <summary>Loads neighbouring elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 Load(ArrayView<float> source, long start) => new()
    {
        V0 = source[start + 0],
        V1 = source[start + 1],
        V2 = source[start + 2],
        V3 = source[start + 3],
        V4 = source[start + 4],
        V5 = source[start + 5],
        V6 = source[start + 6],
        V7 = source[start + 7],
        V8 = source[start + 8],
        V9 = source[start + 9],
        V10 = source[start + 10],
        V11 = source[start + 11],
        V12 = source[start + 12],
        V13 = source[start + 13],
        V14 = source[start + 14],
        V15 = source[start + 15],
    };

    /// <summary>Loads an element of 16 neighbouring rows; past the last row, that one's again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 LoadColumn(ArrayView<float> source, int columns, int row, int lastRow, int column) => new()
    {
        V0 = source[((long)IntrinsicMath.Min(row + 0, lastRow) * columns) + column],
        V1 = source[((long)IntrinsicMath.Min(row + 1, lastRow) * columns) + column],
        V2 = source[((long)IntrinsicMath.Min(row + 2, lastRow) * columns) + column],
        V3 = source[((long)IntrinsicMath.Min(row + 3, lastRow) * columns) + column],
        V4 = source[((long)IntrinsicMath.Min(row + 4, lastRow) * columns) + column],
        V5 = source[((long)IntrinsicMath.Min(row + 5, lastRow) * columns) + column],
        V6 = source[((long)IntrinsicMath.Min(row + 6, lastRow) * columns) + column],
        V7 = source[((long)IntrinsicMath.Min(row + 7, lastRow) * columns) + column],
        V8 = source[((long)IntrinsicMath.Min(row + 8, lastRow) * columns) + column],
        V9 = source[((long)IntrinsicMath.Min(row + 9, lastRow) * columns) + column],
        V10 = source[((long)IntrinsicMath.Min(row + 10, lastRow) * columns) + column],
        V11 = source[((long)IntrinsicMath.Min(row + 11, lastRow) * columns) + column],
        V12 = source[((long)IntrinsicMath.Min(row + 12, lastRow) * columns) + column],
        V13 = source[((long)IntrinsicMath.Min(row + 13, lastRow) * columns) + column],
        V14 = source[((long)IntrinsicMath.Min(row + 14, lastRow) * columns) + column],
        V15 = source[((long)IntrinsicMath.Min(row + 15, lastRow) * columns) + column],
    };

    /// <summary>Stores to neighbouring elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lane16 values, ArrayView<float> target, long start)
    {
        target[start + 0] = values.V0;
        target[start + 1] = values.V1;
        target[start + 2] = values.V2;
        target[start + 3] = values.V3;
        target[start + 4] = values.V4;
        target[start + 5] = values.V5;
        target[start + 6] = values.V6;
        target[start + 7] = values.V7;
        target[start + 8] = values.V8;
        target[start + 9] = values.V9;
        target[start + 10] = values.V10;
        target[start + 11] = values.V11;
        target[start + 12] = values.V12;
        target[start + 13] = values.V13;
        target[start + 14] = values.V14;
        target[start + 15] = values.V15;
    }

    /// <summary>Returns sums + factor · values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lane16 AddProduct(Lane16 sums, float factor, Lane16 values) => new()
    {
        V0 = Fma(factor, values.V0, sums.V0),
        V1 = Fma(factor, values.V1, sums.V1),
        V2 = Fma(factor, values.V2, sums.V2),
        V3 = Fma(factor, values.V3, sums.V3),
        V4 = Fma(factor, values.V4, sums.V4),
        V5 = Fma(factor, values.V5, sums.V5),
        V6 = Fma(factor, values.V6, sums.V6),
        V7 = Fma(factor, values.V7, sums.V7),
        V8 = Fma(factor, values.V8, sums.V8),
        V9 = Fma(factor, values.V9, sums.V9),
        V10 = Fma(factor, values.V10, sums.V10),
        V11 = Fma(factor, values.V11, sums.V11),
        V12 = Fma(factor, values.V12, sums.V12),
        V13 = Fma(factor, values.V13, sums.V13),
        V14 = Fma(factor, values.V14, sums.V14),
        V15 = Fma(factor, values.V15, sums.V15),
    };
}
