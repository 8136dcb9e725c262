using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SaeKernels.Cpu;

/// <summary>a·x + b·y on rows of numbers; the factors are rounded to float32 once.</summary>
/// <param name="firstFactor">The factor a.</param>
/// <param name="secondFactor">The factor b.</param>
internal readonly unsafe struct SumRows(double firstFactor, double secondFactor)
{
    private readonly float firstFactor = (float)firstFactor;
    private readonly float secondFactor = (float)secondFactor;

    /// <summary>Computes the sums, with the same bits wherever in a row a number lies.</summary>
    /// <param name="first">The numbers x.</param>
    /// <param name="second">The numbers y.</param>
    /// <param name="sum">Receives the sums; may be one of the addends.</param>
    /// <param name="length">The number of sums.</param>
    public void Apply(float* first, float* second, float* sum, long length)
    {
        long i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Apply<Lanes512, Vector512<float>>(first, second, sum, ref i, length);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Apply<Lanes256, Vector256<float>>(first, second, sum, ref i, length);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            Apply<Lanes128, Vector128<float>>(first, second, sum, ref i, length);
        }

        Apply<Lanes32, float>(first, second, sum, ref i, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Apply<TLanes, TVector>(float* first, float* second, float* sum, ref long i, long length)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        TVector a = TLanes.Fill(this.firstFactor);
        TVector b = TLanes.Fill(this.secondFactor);
        for (; i <= length - TLanes.Width; i += TLanes.Width)
        {
            TVector other = TLanes.Multiply(b, TLanes.Load(second + i));
            TLanes.Store(TLanes.MultiplyAdd(a, TLanes.Load(first + i), other), sum + i);
        }
    }
}
