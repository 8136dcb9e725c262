using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector512<float>;

namespace SaeKernels.Cpu;

/// <summary>Turns 16 pieces of 16 numbers into 16 vectors with a number of each, in registers.</summary>
internal static unsafe class Transposition16
{
    /// <summary>Rows and columns of a square.</summary>
    public const int Side = 16;

    // The halves of two 512-bit vectors: their even and their odd quarters.
    private const byte EvenQuarters = 0b10_00_10_00;
    private const byte OddQuarters = 0b11_01_11_01;

    /// <summary>target[i][lane] = sources[lane][start + i].</summary>
    /// <param name="sources">Where the pieces lie.</param>
    /// <param name="start">Where they begin.</param>
    /// <param name="target">Receives 16 vectors.</param>
    /// <param name="targetStride">Numbers from one of them to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(float** sources, long start, float* target, long targetStride = Side)
    {
        Quad(sources, start, out V a0, out V a1, out V a2, out V a3);
        Quad(sources + 4, start, out V b0, out V b1, out V b2, out V b3);
        Quad(sources + 8, start, out V c0, out V c1, out V c2, out V c3);
        Quad(sources + 12, start, out V d0, out V d1, out V d2, out V d3);
        Exchange(a0, b0, c0, d0, target, 4 * targetStride);
        Exchange(a1, b1, c1, d1, target + targetStride, 4 * targetStride);
        Exchange(a2, b2, c2, d2, target + (2 * targetStride), 4 * targetStride);
        Exchange(a3, b3, c3, d3, target + (3 * targetStride), 4 * targetStride);
    }

    /// <summary>
    /// Continues 16 sums, each by the products of a row with x, i ascending, fused; returns how far whole squares go.
    /// </summary>
    /// <remarks>The columns stay in registers: by way of memory a row took half as long again.</remarks>
    /// <param name="sources">16 rows.</param>
    /// <param name="x">What they are multiplied with.</param>
    /// <param name="length">Numbers of a row.</param>
    /// <param name="sums">The 16 sums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static int MultiplyAdd(float** sources, float* x, int length, float* sums)
    {
        V sum = Vector512.Load(sums);
        int i = 0;
        for (; i <= length - Side; i += Side)
        {
            Quad(sources, i, out V a0, out V a1, out V a2, out V a3);
            Quad(sources + 4, i, out V b0, out V b1, out V b2, out V b3);
            Quad(sources + 8, i, out V c0, out V c1, out V c2, out V c3);
            Quad(sources + 12, i, out V d0, out V d1, out V d2, out V d3);
            Spread(ref a0, ref b0, ref c0, ref d0);
            Spread(ref a1, ref b1, ref c1, ref d1);
            Spread(ref a2, ref b2, ref c2, ref d2);
            Spread(ref a3, ref b3, ref c3, ref d3);
            float* at = x + i;
            sum = Avx512F.FusedMultiplyAdd(First(a0, c0), Vector512.Create(at[0]), sum);
            sum = Avx512F.FusedMultiplyAdd(First(a1, c1), Vector512.Create(at[1]), sum);
            sum = Avx512F.FusedMultiplyAdd(First(a2, c2), Vector512.Create(at[2]), sum);
            sum = Avx512F.FusedMultiplyAdd(First(a3, c3), Vector512.Create(at[3]), sum);
            sum = Avx512F.FusedMultiplyAdd(First(b0, d0), Vector512.Create(at[4]), sum);
            sum = Avx512F.FusedMultiplyAdd(First(b1, d1), Vector512.Create(at[5]), sum);
            sum = Avx512F.FusedMultiplyAdd(First(b2, d2), Vector512.Create(at[6]), sum);
            sum = Avx512F.FusedMultiplyAdd(First(b3, d3), Vector512.Create(at[7]), sum);
            sum = Avx512F.FusedMultiplyAdd(Second(a0, c0), Vector512.Create(at[8]), sum);
            sum = Avx512F.FusedMultiplyAdd(Second(a1, c1), Vector512.Create(at[9]), sum);
            sum = Avx512F.FusedMultiplyAdd(Second(a2, c2), Vector512.Create(at[10]), sum);
            sum = Avx512F.FusedMultiplyAdd(Second(a3, c3), Vector512.Create(at[11]), sum);
            sum = Avx512F.FusedMultiplyAdd(Second(b0, d0), Vector512.Create(at[12]), sum);
            sum = Avx512F.FusedMultiplyAdd(Second(b1, d1), Vector512.Create(at[13]), sum);
            sum = Avx512F.FusedMultiplyAdd(Second(b2, d2), Vector512.Create(at[14]), sum);
            sum = Avx512F.FusedMultiplyAdd(Second(b3, d3), Vector512.Create(at[15]), sum);
        }

        sum.Store(sums);
        return i;
    }

    /// <summary>Within each quarter, turns four rows of four numbers into columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Quad(float** sources, long start, out V column0, out V column1, out V column2, out V column3)
    {
        V row0 = Vector512.Load(sources[0] + start);
        V row1 = Vector512.Load(sources[1] + start);
        V row2 = Vector512.Load(sources[2] + start);
        V row3 = Vector512.Load(sources[3] + start);
        Vector512<double> low01 = Avx512F.UnpackLow(row0, row1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(row2, row3).AsDouble();
        Vector512<double> high01 = Avx512F.UnpackHigh(row0, row1).AsDouble();
        Vector512<double> high23 = Avx512F.UnpackHigh(row2, row3).AsDouble();
        column0 = Avx512F.UnpackLow(low01, low23).AsSingle();
        column1 = Avx512F.UnpackHigh(low01, low23).AsSingle();
        column2 = Avx512F.UnpackLow(high01, high23).AsSingle();
        column3 = Avx512F.UnpackHigh(high01, high23).AsSingle();
    }

    /// <summary>Writes every fourth vector: the first quarters of four, their second ones, and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange(V a, V b, V c, V d, float* target, long stride)
    {
        Spread(ref a, ref b, ref c, ref d);
        First(a, c).Store(target);
        First(b, d).Store(target + stride);
        Second(a, c).Store(target + (2 * stride));
        Second(b, d).Store(target + (3 * stride));
    }

    /// <summary>Brings the even quarters of a and b to a, the odd ones to b; those of c and d to c and d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(ref V a, ref V b, ref V c, ref V d)
    {
        V evenAb = First(a, b);
        V evenCd = First(c, d);
        b = Second(a, b);
        d = Second(c, d);
        a = evenAb;
        c = evenCd;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V First(V a, V b) => Avx512F.Shuffle4x128(a, b, EvenQuarters);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Second(V a, V b) => Avx512F.Shuffle4x128(a, b, OddQuarters);
}
