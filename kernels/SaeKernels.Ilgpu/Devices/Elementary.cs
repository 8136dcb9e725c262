using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>exp and ln in float32, the same on every device; called in kernels.</summary>
/// <remarks>
/// ILGPU 1.5.3 has on CUDA the approximations of the hardware only, and other ones on OpenCL. Here errors are below
/// 4 · 2⁻²⁴ of the result. NaN stays. Source: Cody and Waite, Software Manual for the Elementary Functions, 1980; ln as
/// 2 · artanh.
/// </remarks>
internal static class Elementary
{
    private const float Log2OfE = 1.442695f;

    // ln 2 in two parts; the first one has 9 bits, so that a product with an exponent is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float LargestPower = 88;
    private const int ExponentBias = 127;
    private const int FractionBits = 23;
    private const int FractionMask = (1 << FractionBits) - 1;
    private const int OneBits = ExponentBias << FractionBits;

    // The fraction of √2: above it a number counts as half of one that is below 1.
    private const int RootOfTwo = 0x3504f3;

    /// <summary>eˣ; below −87 that of −87, above 88 that of 88.</summary>
    public static float Exp(float x)
    {
        float clamped = x < 1 - LargestPower ? 1 - LargestPower : x;
        clamped = clamped > LargestPower ? LargestPower : clamped;
        float scaled = clamped * Log2OfE;
        int power = (int)(scaled + (scaled < 0 ? -0.5f : 0.5f));
        float k = power;
        float r = Fma(k, -Ln2Low, Fma(k, -Ln2High, clamped));
        float sum = Fma(r, 1.9875691e-4f, 1.3981999e-3f);
        sum = Fma(r, sum, 8.3334519e-3f);
        sum = Fma(r, sum, 4.1665796e-2f);
        sum = Fma(r, sum, 1.6666665e-1f);
        sum = Fma(r, sum, 0.5f);
        sum = Fma(r * r, sum, r) + 1;
        float result = sum * Interop.IntAsFloat((uint)((power + ExponentBias) << FractionBits));
        return float.IsNaN(x) ? x : result;
    }

    /// <summary>ln of a positive normal number.</summary>
    public static float Log(float x)
    {
        int bits = (int)Interop.FloatAsInt(x);
        int fraction = bits & FractionMask;
        int isUpper = fraction > RootOfTwo ? 1 : 0;
        int exponent = (bits >> FractionBits) - ExponentBias + isUpper;
        float mantissa = Interop.IntAsFloat((uint)(fraction | (OneBits - (isUpper << FractionBits))));
        float t = (mantissa - 1) / (mantissa + 1);
        float square = t * t;
        float sum = Fma(square, 2f / 11, 2f / 9);
        sum = Fma(square, sum, 2f / 7);
        sum = Fma(square, sum, 2f / 5);
        sum = Fma(square, sum, 2f / 3);
        sum = Fma(square * t, sum, 2 * t);
        float k = exponent;
        float result = Fma(k, Ln2High, Fma(k, Ln2Low, sum));
        return float.IsNaN(x) ? x : result;
    }
}
