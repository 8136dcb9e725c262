using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>A float32 sum and the rounding errors it left: about 48 bits where float64 may be lacking.</summary>
/// <remarks>
/// The error of n terms is at most u·|Σx| + n²·u²·Σ|x| with u = 2⁻²⁴. Only additions and explicit fused multiply-adds
/// are used: a device compiler could contract a plain product and an addition, and lose the error term.
/// Source: Ogita, Rump, Oishi, "Accurate sum and dot product", SIAM J. Sci. Comput. 26, 2005 (Sum2, Dot2).
/// </remarks>
internal struct TwoFloat
{
    public float High;
    public float Low;

    public TwoFloat(float high, float low)
    {
        this.High = high;
        this.Low = low;
    }

    /// <summary>Adds a number.</summary>
    public static TwoFloat Add(TwoFloat sum, float term)
    {
        float next = sum.High + term;
        float part = next - sum.High;
        float error = sum.High - (next - part) + (term - part);
        return new TwoFloat(next, sum.Low + error);
    }

    /// <summary>Adds another sum.</summary>
    public static TwoFloat Add(TwoFloat sum, TwoFloat other)
    {
        TwoFloat next = Add(sum, other.High);
        return new TwoFloat(next.High, next.Low + other.Low);
    }

    /// <summary>Adds a · b, whose rounding error is kept too.</summary>
    public static TwoFloat AddProduct(TwoFloat sum, float a, float b)
    {
        float product = Fma(a, b, 0);
        TwoFloat next = Add(sum, product);
        return new TwoFloat(next.High, next.Low + Fma(a, b, -product));
    }

    /// <summary>Moves what it can from Low to High, so that Low stays small over many batches.</summary>
    public static TwoFloat Renormalize(TwoFloat sum)
    {
        float value = Value(sum);
        return float.IsFinite(sum.High) ? new TwoFloat(value, sum.High - value + sum.Low) : new TwoFloat(sum.High, 0);
    }

    /// <summary>The nearest float32; not finite once a term or the sum is not.</summary>
    public static float Value(TwoFloat sum) => float.IsFinite(sum.High) ? sum.High + sum.Low : sum.High;

    /// <summary>Joins the parts of a sum on the host; not finite once a term or the sum is not.</summary>
    public static double ToDouble(float high, float low) => float.IsFinite(high) ? (double)high + low : high;

    /// <summary>The sum divided by a count; exact where all terms were one number.</summary>
    public static float Mean(TwoFloat sum, int count)
    {
        float quotient = Value(sum) / count;
        float rest = Fma(-quotient, count, sum.High) + sum.Low;
        return float.IsFinite(sum.High) ? quotient + (rest / count) : sum.High;
    }
}
