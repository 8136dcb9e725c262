using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>One Adam step on rows of parameters; its scalars are computed in float64 and rounded once.</summary>
internal readonly unsafe struct AdamRows
{
    private readonly float factor;
    private readonly float beta1;
    private readonly float beta2;
    private readonly float oneMinusBeta1;
    private readonly float oneMinusBeta2;
    private readonly float rate;
    private readonly float inverseRoot;
    private readonly float epsilon;

    /// <summary>Prepares a step.</summary>
    /// <param name="step">Its scalars.</param>
    /// <param name="gradientFactor">A factor on every gradient; null for 1.</param>
    public AdamRows(in OptimizerStep step, ScalarSlot? gradientFactor)
    {
        this.factor = gradientFactor is ScalarSlot slot ? *HostPointers.Of(slot) : 1;
        this.beta1 = (float)step.Beta1;
        this.beta2 = (float)step.Beta2;
        this.oneMinusBeta1 = (float)(1 - step.Beta1);
        this.oneMinusBeta2 = (float)(1 - step.Beta2);
        this.rate = (float)(step.LearningRate / (1 - Math.Pow(step.Beta1, step.Step)));
        this.inverseRoot = (float)(1 / Math.Sqrt(1 - Math.Pow(step.Beta2, step.Step)));
        this.epsilon = (float)step.Epsilon;
    }

    /// <summary>Updates parameters and moments.</summary>
    /// <param name="values">The parameters.</param>
    /// <param name="first">Their first moments.</param>
    /// <param name="second">Their second moments.</param>
    /// <param name="gradient">Their gradient.</param>
    /// <param name="length">The number of parameters.</param>
    /// <param name="ahead">How far behind these lie those that come next, which are fetched meanwhile.</param>
    public void Apply(float* values, float* first, float* second, float* gradient, int length, int ahead = 0)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Apply<Lanes512, Vector512<float>>(values, first, second, gradient, ref i, length, ahead);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Apply<Lanes256, Vector256<float>>(values, first, second, gradient, ref i, length, ahead);
        }

        if (Vector128.IsHardwareAccelerated)
        {
            Apply<Lanes128, Vector128<float>>(values, first, second, gradient, ref i, length, ahead);
        }

        Apply<Lanes32, float>(values, first, second, gradient, ref i, length, ahead);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Apply<TLanes, TVector>(
        float* values,
        float* first,
        float* second,
        float* gradient,
        ref int i,
        int length,
        int ahead)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        TVector clip = TLanes.Fill(this.factor);
        TVector decay1 = TLanes.Fill(this.beta1);
        TVector decay2 = TLanes.Fill(this.beta2);
        TVector gain1 = TLanes.Fill(this.oneMinusBeta1);
        TVector gain2 = TLanes.Fill(this.oneMinusBeta2);
        TVector smallest = TLanes.Fill(OptimizerStep.SmallestMoment);
        TVector minusRate = TLanes.Fill(-this.rate);
        TVector correction = TLanes.Fill(this.inverseRoot);
        TVector offset = TLanes.Fill(this.epsilon);
        for (; i <= length - TLanes.Width; i += TLanes.Width)
        {
            Rows.PrefetchLine(values + i + ahead);
            Rows.PrefetchLine(first + i + ahead);
            Rows.PrefetchLine(second + i + ahead);
            TVector slope = TLanes.Multiply(clip, TLanes.Load(gradient + i));
            TVector m = TLanes.MultiplyAdd(gain1, slope, TLanes.Multiply(decay1, TLanes.Load(first + i)));
            TVector v = TLanes.MultiplyAdd(
                TLanes.Multiply(gain2, slope),
                slope,
                TLanes.Multiply(decay2, TLanes.Load(second + i)));
            m = TLanes.FlushBelow(m, smallest);
            v = TLanes.FlushBelow(v, smallest);
            TLanes.Store(m, first + i);
            TLanes.Store(v, second + i);
            TVector divisor = TLanes.MultiplyAdd(TLanes.SquareRoot(v), correction, offset);
            TVector direction = TLanes.Divide(m, divisor);
            TLanes.Store(TLanes.MultiplyAdd(minusRate, direction, TLanes.Load(values + i)), values + i);
        }
    }
}
