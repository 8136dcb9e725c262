using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SaeKernels.Data;

/// <summary>Products of row-major float32 matrices, in an order that no number of threads changes.</summary>
internal static class DenseProduct
{
    private const int TileRows = 4;

    // A slice of A and of B stays in the cache of a core while the tiles of a product pass over it.
    private const int Depth = 256;

    /// <summary>G = Aᵀ A, [columns, columns].</summary>
    /// <param name="a">A [rows, columns].</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="gram">Receives G.</param>
    public static void Gram(float[] a, int rows, int columns, float[] gram) =>
        Run(new Operand(a, RowStride: 1, DepthStride: columns), a, gram, columns, columns, rows);

    /// <summary>C = A B, [rows, columns].</summary>
    /// <param name="a">A [rows, columns].</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns, and both sides of B.</param>
    /// <param name="b">B [columns, columns].</param>
    /// <param name="product">Receives C.</param>
    public static void Multiply(float[] a, int rows, int columns, float[] b, float[] product) =>
        Run(new Operand(a, RowStride: columns, DepthStride: 1), b, product, rows, columns, columns);

    private static void Run(Operand left, float[] right, float[] product, int rows, int columns, int depth)
    {
        const int RowsAtOnce = 16 * TileRows;
        Array.Clear(product);
        Parallel.For(0, (rows + RowsAtOnce - 1) / RowsAtOnce, block =>
        {
            int end = Math.Min(rows, (block + 1) * RowsAtOnce);
            for (int first = 0; first < depth; first += Depth)
            {
                int count = Math.Min(Depth, depth - first);
                for (int column = 0; column < columns; column += TileColumns)
                {
                    for (int row = block * RowsAtOnce; row < end; row += TileRows)
                    {
                        bool isWhole = row + TileRows <= end && column + TileColumns <= columns;
                        if (isWhole)
                        {
                            AddTile(left, right, product, row, column, columns, first, count);
                        }
                        else
                        {
                            AddPart(left, right, product, row, end, column, columns, first, count);
                        }
                    }
                }
            }
        });
    }

    private static int TileColumns => 2 * Vector<float>.Count;

    private static void AddTile(
        Operand left, float[] right, float[] product, int row, int column, int columns, int first, int count)
    {
        int lanes = Vector<float>.Count;
        ref float a = ref left.At(row, first);
        ref float b = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(right), ((nint)first * columns) + column);
        ref float c = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(product), ((nint)row * columns) + column);
        ref float c1 = ref Unsafe.Add(ref c, columns);
        ref float c2 = ref Unsafe.Add(ref c1, columns);
        ref float c3 = ref Unsafe.Add(ref c2, columns);
        Vector<float> s00 = Vector.LoadUnsafe(ref c);
        Vector<float> s01 = Vector.LoadUnsafe(ref c, (nuint)lanes);
        Vector<float> s10 = Vector.LoadUnsafe(ref c1);
        Vector<float> s11 = Vector.LoadUnsafe(ref c1, (nuint)lanes);
        Vector<float> s20 = Vector.LoadUnsafe(ref c2);
        Vector<float> s21 = Vector.LoadUnsafe(ref c2, (nuint)lanes);
        Vector<float> s30 = Vector.LoadUnsafe(ref c3);
        Vector<float> s31 = Vector.LoadUnsafe(ref c3, (nuint)lanes);
        nint stride = left.RowStride;
        for (int k = 0; k < count; k++)
        {
            Vector<float> b0 = Vector.LoadUnsafe(ref b);
            Vector<float> b1 = Vector.LoadUnsafe(ref b, (nuint)lanes);
            Vector<float> a0 = new(a);
            Vector<float> a1 = new(Unsafe.Add(ref a, stride));
            Vector<float> a2 = new(Unsafe.Add(ref a, 2 * stride));
            Vector<float> a3 = new(Unsafe.Add(ref a, 3 * stride));
            s00 = Vector.FusedMultiplyAdd(a0, b0, s00);
            s01 = Vector.FusedMultiplyAdd(a0, b1, s01);
            s10 = Vector.FusedMultiplyAdd(a1, b0, s10);
            s11 = Vector.FusedMultiplyAdd(a1, b1, s11);
            s20 = Vector.FusedMultiplyAdd(a2, b0, s20);
            s21 = Vector.FusedMultiplyAdd(a2, b1, s21);
            s30 = Vector.FusedMultiplyAdd(a3, b0, s30);
            s31 = Vector.FusedMultiplyAdd(a3, b1, s31);
            a = ref Unsafe.Add(ref a, left.DepthStride);
            b = ref Unsafe.Add(ref b, columns);
        }

        s00.StoreUnsafe(ref c);
        s01.StoreUnsafe(ref c, (nuint)lanes);
        s10.StoreUnsafe(ref c1);
        s11.StoreUnsafe(ref c1, (nuint)lanes);
        s20.StoreUnsafe(ref c2);
        s21.StoreUnsafe(ref c2, (nuint)lanes);
        s30.StoreUnsafe(ref c3);
        s31.StoreUnsafe(ref c3, (nuint)lanes);
    }

    /// <summary>The tiles at the lower and right edge, element by element, with the same roundings.</summary>
    private static void AddPart(
        Operand left, float[] right, float[] product, int row, int end, int column, int columns, int first, int count)
    {
        for (int r = row; r < Math.Min(end, row + TileRows); r++)
        {
            for (int c = column; c < Math.Min(columns, column + TileColumns); c++)
            {
                float sum = product[((long)r * columns) + c];
                for (int k = first; k < first + count; k++)
                {
                    sum = MathF.FusedMultiplyAdd(left.At(r, k), right[((long)k * columns) + c], sum);
                }

                product[((long)r * columns) + c] = sum;
            }
        }
    }

    /// <summary>The left operand of a product, as it lies or transposed.</summary>
    private readonly record struct Operand(float[] Numbers, int RowStride, int DepthStride)
    {
        public ref float At(int row, int depth) =>
            ref this.Numbers[((long)row * this.RowStride) + ((long)depth * this.DepthStride)];
    }
}
