using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Data;

/// <summary>Inner products of rows of 8-bit weights with one vector of 8-bit numbers, in 16 bits.</summary>
/// <remarks>An instruction multiplies 64 pairs, four times what float32 does; its pairs do not saturate.</remarks>
internal static class PairProducts
{
    /// <summary>The rows in a vector of sums.</summary>
    public const int Lanes = 32;

    /// <summary>Sums products with <see cref="FreeScreen.Block"/> rows, eight vectors of them at a time.</summary>
    /// <param name="weights">The first weight of [pairs, rows, 2]; each below 128.</param>
    /// <param name="point">The numbers, two in one: the first of them in its lower byte; −128 is none of them.</param>
    /// <param name="start">What sums begin with.</param>
    /// <param name="products">Receives the sums modulo 2¹⁶.</param>
    public static void Sum(ref byte weights, ReadOnlySpan<short> point, short start, ref short products)
    {
        const int Line = 2 * Lanes;
        Vector512<short> s0 = Vector512.Create(start);
        (Vector512<short> s1, Vector512<short> s2, Vector512<short> s3) = (s0, s0, s0);
        (Vector512<short> s4, Vector512<short> s5, Vector512<short> s6, Vector512<short> s7) = (s0, s0, s0, s0);
        foreach (short pair in point)
        {
            Vector512<sbyte> x = Vector512.Create(pair).AsSByte();
            s0 += Multiply(Vector512.LoadUnsafe(ref weights), x);
            s1 += Multiply(Vector512.LoadUnsafe(ref weights, Line), x);
            s2 += Multiply(Vector512.LoadUnsafe(ref weights, 2 * Line), x);
            s3 += Multiply(Vector512.LoadUnsafe(ref weights, 3 * Line), x);
            s4 += Multiply(Vector512.LoadUnsafe(ref weights, 4 * Line), x);
            s5 += Multiply(Vector512.LoadUnsafe(ref weights, 5 * Line), x);
            s6 += Multiply(Vector512.LoadUnsafe(ref weights, 6 * Line), x);
            s7 += Multiply(Vector512.LoadUnsafe(ref weights, 7 * Line), x);
            weights = ref Unsafe.Add(ref weights, 8 * Line);
        }

        s0.StoreUnsafe(ref products);
        s1.StoreUnsafe(ref products, Lanes);
        s2.StoreUnsafe(ref products, 2 * Lanes);
        s3.StoreUnsafe(ref products, 3 * Lanes);
        s4.StoreUnsafe(ref products, 4 * Lanes);
        s5.StoreUnsafe(ref products, 5 * Lanes);
        s6.StoreUnsafe(ref products, 6 * Lanes);
        s7.StoreUnsafe(ref products, 7 * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<short> Multiply(Vector512<byte> weights, Vector512<sbyte> point)
    {
        if (Avx512BW.IsSupported)
        {
            return Avx512BW.MultiplyAddAdjacent(weights, point);
        }

        if (Avx2.IsSupported)
        {
            return Vector512.Create(
                Avx2.MultiplyAddAdjacent(weights.GetLower(), point.GetLower()),
                Avx2.MultiplyAddAdjacent(weights.GetUpper(), point.GetUpper()));
        }

        Vector512<short> pairs = weights.AsInt16();
        Vector512<short> numbers = point.AsInt16();
        Vector512<short> lower = (pairs & Vector512.Create((short)byte.MaxValue)) * ((numbers << 8) >> 8);
        return lower + ((pairs >> 8) * (numbers >> 8));
    }
}
