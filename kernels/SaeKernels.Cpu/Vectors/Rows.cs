using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>Arithmetic on rows, in the processor's widest vectors, then in narrower ones for what is left.</summary>
/// <remarks>A result depends on the row's length and the processor's vectors, not on addresses or threads.</remarks>
internal static unsafe class Rows
{
    private const int CacheLine = 64;

    /// <summary>Asks for a row that is needed soon.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(float* row, int length)
    {
        if (Sse.IsSupported)
        {
            for (byte* line = (byte*)row; line < row + length; line += CacheLine)
            {
                Sse.Prefetch0(line);
            }
        }
    }

    /// <summary>Asks for a row that is needed later, into the second-level cache.</summary>
    public static void PrefetchAhead(float* row, int length)
    {
        for (byte* line = (byte*)row; line < row + length; line += CacheLine)
        {
            PrefetchLine(line);
        }
    }

    /// <summary>Asks for a cache line that is needed later, into the second-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PrefetchLine(void* line)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch1(line);
        }
    }

    /// <summary>difference = a − b; it may be one of the two.</summary>
    public static void Subtract(float* a, float* b, float* difference, int length)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Subtract<Lanes512, Vector512<float>>(a, b, difference, ref i, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Subtract<Lanes256, Vector256<float>>(a, b, difference, ref i, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            Subtract<Lanes128, Vector128<float>>(a, b, difference, ref i, length);
        }

        Subtract<Lanes32, float>(a, b, difference, ref i, length);
    }

    /// <summary>product = a · b, number by number; it may be one of the two.</summary>
    public static void Multiply(float* a, float* b, float* product, int length)
    {
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Store(Vector.Load(a + i) * Vector.Load(b + i), product + i);
        }

        for (; i < length; i++)
        {
            product[i] = a[i] * b[i];
        }
    }

    /// <summary>row = factor · row.</summary>
    public static void Scale(float* row, float factor, int length)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Scale<Lanes512, Vector512<float>>(row, factor, ref i, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Scale<Lanes256, Vector256<float>>(row, factor, ref i, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            Scale<Lanes128, Vector128<float>>(row, factor, ref i, length);
        }

        Scale<Lanes32, float>(row, factor, ref i, length);
    }

    /// <summary>sum = sum + factor · row.</summary>
    public static void AddScaled(float* sum, float factor, float* row, int length)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            AddScaled<Lanes512, Vector512<float>>(sum, factor, row, ref i, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            AddScaled<Lanes256, Vector256<float>>(sum, factor, row, ref i, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            AddScaled<Lanes128, Vector128<float>>(sum, factor, row, ref i, length);
        }

        AddScaled<Lanes32, float>(sum, factor, row, ref i, length);
    }

    /// <summary>⟨a, b⟩.</summary>
    public static float Dot(float* a, float* b, int length)
    {
        int i = 0;
        float sum = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            sum += Dot<Lanes512, Vector512<float>>(a, b, ref i, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            sum += Dot<Lanes256, Vector256<float>>(a, b, ref i, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            sum += Dot<Lanes128, Vector128<float>>(a, b, ref i, length);
        }

        return sum + Dot<Lanes32, float>(a, b, ref i, length);
    }

    /// <summary>‖row‖² in float64, which no float32 row overflows.</summary>
    public static double SumOfSquares(float* row, int length)
    {
        Vector<double> low = Vector<double>.Zero;
        Vector<double> high = Vector<double>.Zero;
        int i = 0;
        for (; i <= length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.Load(row + i), out Vector<double> first, out Vector<double> second);
            low += first * first;
            high += second * second;
        }

        double sum = Vector.Sum(low + high);
        for (; i < length; i++)
        {
            sum += (double)row[i] * row[i];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Subtract<TLanes, TVector>(float* a, float* b, float* difference, ref int i, int length)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        for (; i <= length - TLanes.Width; i += TLanes.Width)
        {
            TLanes.Store(TLanes.Subtract(TLanes.Load(a + i), TLanes.Load(b + i)), difference + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Scale<TLanes, TVector>(float* row, float factor, ref int i, int length)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        TVector factors = TLanes.Fill(factor);
        for (; i <= length - TLanes.Width; i += TLanes.Width)
        {
            TLanes.Store(TLanes.Multiply(factors, TLanes.Load(row + i)), row + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled<TLanes, TVector>(float* sum, float factor, float* row, ref int i, int length)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        TVector factors = TLanes.Fill(factor);
        for (; i <= length - TLanes.Width; i += TLanes.Width)
        {
            TLanes.Store(TLanes.MultiplyAdd(factors, TLanes.Load(row + i), TLanes.Load(sum + i)), sum + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot<TLanes, TVector>(float* a, float* b, ref int i, int length)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        TVector even = TLanes.Fill(0);
        TVector odd = TLanes.Fill(0);
        for (; i <= length - (2 * TLanes.Width); i += 2 * TLanes.Width)
        {
            even = TLanes.MultiplyAdd(TLanes.Load(a + i), TLanes.Load(b + i), even);
            odd = TLanes.MultiplyAdd(TLanes.Load(a + i + TLanes.Width), TLanes.Load(b + i + TLanes.Width), odd);
        }

        for (; i <= length - TLanes.Width; i += TLanes.Width)
        {
            even = TLanes.MultiplyAdd(TLanes.Load(a + i), TLanes.Load(b + i), even);
        }

        return TLanes.Sum(TLanes.Add(even, odd));
    }
}
