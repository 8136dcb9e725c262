using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>One step along signs of gradients with schedule-free averaging, on rows of parameters.</summary>
internal readonly unsafe struct SignumRows
{
    private readonly float factor;
    private readonly float rate;
    private readonly float weight;
    private readonly float pull;

    /// <summary>Prepares a step.</summary>
    /// <param name="step">Its scalars.</param>
    /// <param name="gradientFactor">A factor on every gradient; null for 1.</param>
    public SignumRows(in OptimizerStep step, ScalarSlot? gradientFactor)
    {
        this.factor = gradientFactor is ScalarSlot slot ? *HostPointers.Of(slot) : 1;
        this.rate = (float)step.LearningRate;
        this.weight = (float)step.AveragingWeight;
        this.pull = (float)((1 - step.AveragingWeight) * (1 - step.Beta1) * step.LearningRate);
    }

    /// <summary>Updates parameters and the base iterate.</summary>
    /// <param name="values">The parameters y.</param>
    /// <param name="iterate">The base iterate z.</param>
    /// <param name="gradient">The gradient at y.</param>
    /// <param name="length">The number of parameters.</param>
    /// <param name="ahead">How far behind these lie those that come next, which are fetched meanwhile.</param>
    public void Apply(float* values, float* iterate, float* gradient, int length, int ahead)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Apply<Lanes512, Vector512<float>>(values, iterate, gradient, ref i, length, ahead);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Apply<Lanes256, Vector256<float>>(values, iterate, gradient, ref i, length, ahead);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            Apply<Lanes128, Vector128<float>>(values, iterate, gradient, ref i, length, ahead);
        }

        Apply<Lanes32, float>(values, iterate, gradient, ref i, length, ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Apply<TLanes, TVector>(
        float* values, float* iterate, float* gradient, ref int i, int length, int ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        TVector clip = TLanes.Fill(this.factor);
        TVector minusRate = TLanes.Fill(-this.rate);
        TVector minusPull = TLanes.Fill(-this.pull);
        TVector share = TLanes.Fill(this.weight);
        for (; i <= length - TLanes.Width; i += TLanes.Width)
        {
            Rows.PrefetchLine(values + i + ahead);
            Rows.PrefetchLine(iterate + i + ahead);
            TVector sign = TLanes.Sign(TLanes.Multiply(clip, TLanes.Load(gradient + i)));
            TVector z = TLanes.MultiplyAdd(minusRate, sign, TLanes.Load(iterate + i));
            TVector y = TLanes.Load(values + i);
            y = TLanes.MultiplyAdd(share, TLanes.Subtract(z, y), y);
            TLanes.Store(z, iterate + i);
            TLanes.Store(TLanes.MultiplyAdd(minusPull, sign, y), values + i);
        }
    }
}
