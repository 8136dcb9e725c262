using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Cpu;

/// <summary>Rows four at a time, so that the vector they share is read or written once instead of four times.</summary>
internal static unsafe class RowGroups
{
    /// <summary>Rows in a group.</summary>
    public const int Size = 4;

    /// <summary>sum = sum + Σ factors[r] · rows[r], r ascending.</summary>
    public static void AddScaled(float* sum, float* factors, float** rows, int length)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            AddScaled<Lanes512, Vector512<float>>(sum, factors, rows, ref i, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            AddScaled<Lanes256, Vector256<float>>(sum, factors, rows, ref i, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            AddScaled<Lanes128, Vector128<float>>(sum, factors, rows, ref i, length);
        }

        AddScaled<Lanes32, float>(sum, factors, rows, ref i, length);
    }

    /// <summary>products[r] = ⟨shared, rows[r]⟩.</summary>
    public static void Dot(float* shared, float** rows, float* products, int length)
    {
        int i = 0;
        new Span<float>(products, Size).Clear();
        if (Vector512.IsHardwareAccelerated)
        {
            Dot<Lanes512, Vector512<float>>(shared, rows, products, ref i, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Dot<Lanes256, Vector256<float>>(shared, rows, products, ref i, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            Dot<Lanes128, Vector128<float>>(shared, rows, products, ref i, length);
        }

        Dot<Lanes32, float>(shared, rows, products, ref i, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddScaled<TLanes, TVector>(float* sum, float* factors, float** rows, ref int i, int length)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        if (i > length - TLanes.Width)
        {
            return;
        }

        TVector factor0 = TLanes.Fill(factors[0]);
        TVector factor1 = TLanes.Fill(factors[1]);
        TVector factor2 = TLanes.Fill(factors[2]);
        TVector factor3 = TLanes.Fill(factors[3]);
        float* row0 = rows[0];
        float* row1 = rows[1];
        float* row2 = rows[2];
        float* row3 = rows[3];
        for (; i <= length - TLanes.Width; i += TLanes.Width)
        {
            TVector total = TLanes.MultiplyAdd(factor0, TLanes.Load(row0 + i), TLanes.Load(sum + i));
            total = TLanes.MultiplyAdd(factor1, TLanes.Load(row1 + i), total);
            total = TLanes.MultiplyAdd(factor2, TLanes.Load(row2 + i), total);
            total = TLanes.MultiplyAdd(factor3, TLanes.Load(row3 + i), total);
            TLanes.Store(total, sum + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Dot<TLanes, TVector>(float* shared, float** rows, float* products, ref int i, int length)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        if (i > length - TLanes.Width)
        {
            return;
        }

        TVector sum0 = TLanes.Fill(0);
        TVector sum1 = TLanes.Fill(0);
        TVector sum2 = TLanes.Fill(0);
        TVector sum3 = TLanes.Fill(0);
        float* row0 = rows[0];
        float* row1 = rows[1];
        float* row2 = rows[2];
        float* row3 = rows[3];
        for (; i <= length - TLanes.Width; i += TLanes.Width)
        {
            TVector common = TLanes.Load(shared + i);
            sum0 = TLanes.MultiplyAdd(common, TLanes.Load(row0 + i), sum0);
            sum1 = TLanes.MultiplyAdd(common, TLanes.Load(row1 + i), sum1);
            sum2 = TLanes.MultiplyAdd(common, TLanes.Load(row2 + i), sum2);
            sum3 = TLanes.MultiplyAdd(common, TLanes.Load(row3 + i), sum3);
        }

        products[0] += TLanes.Sum(sum0);
        products[1] += TLanes.Sum(sum1);
        products[2] += TLanes.Sum(sum2);
        products[3] += TLanes.Sum(sum3);
    }
}
