using ILGPU;
using SaeKernels.Abstractions;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   scale · exp(r + Σ g·r) with r = ln(L0 / target) within ±1; or scale · exp(Σ g·sign)
/// Work       about 60 FLOP
/// Traffic    16 bytes
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      one number; deterministic
/// Error      r: 2⁻²¹; the factor: (2⁻²⁰ + |sum| · 2⁻²²) of itself; the sum: g · 2⁻²¹ and a unit more.
///            Series of multiply-adds, as drivers differ in what their logarithms and exponentials are worth
/// Source     a proportional-integral controller in logarithms
/// </summary>
internal sealed class AdaptPenalty(KernelDevice device)
{
    private const int ExponentBias = 127;
    private const int MantissaBits = 23;
    private const float E = 2.71828183f;
    private const float BitsPerE = 1.44269504f;

    // ln 2 in two parts: products of the first with whole numbers below 2⁹ are exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private readonly Kernel<Parameters> kernel = new(device, Adapt);

    public void Run(in AdaptPenaltyArguments arguments)
    {
        arguments.Validate();
        Parameters parameters = new()
        {
            L0 = device.View(arguments.L0.Buffer).SubView(arguments.L0.Index, 1),
            Sum = device.View(arguments.Sum),
            Factor = device.View(arguments.Factor.Buffer).SubView(arguments.Factor.Index, 1),
            Target = (float)arguments.Target,
            GainInUnits = (float)(arguments.Gain * AdaptPenaltyArguments.UnitsOfSum),
            Scale = (float)arguments.Scale,
            BySign = arguments.BySign ? 1 : 0,
        };
        this.kernel.Launch(1, 1, parameters);
    }

    private static void Adapt(Parameters p)
    {
        float distance = -1;
        float ratio = p.L0[0] / p.Target;
        if (ratio > 1 / E)
        {
            distance = ratio < E ? Logarithm(ratio) : 1;
        }

        float outside = distance;
        if (p.BySign != 0)
        {
            distance = p.L0[0] >= p.Target ? 1 : -1;
            outside = 0;
        }

        long sum = p.Sum[0] + (long)(p.GainInUnits * distance);
        sum = sum > AdaptPenaltyArguments.MostSum ? AdaptPenaltyArguments.MostSum : sum;
        sum = sum < -AdaptPenaltyArguments.MostSum ? -AdaptPenaltyArguments.MostSum : sum;
        p.Sum[0] = sum;
        p.Factor[0] = p.Scale * Exponential(outside + ((float)sum / AdaptPenaltyArguments.UnitsOfSum));
    }

    /// <summary>ln of a number between 1/e and e: 2 · artanh((x − 1) / (x + 1)).</summary>
    private static float Logarithm(float x)
    {
        float s = (x - 1) / (x + 1);
        float square = s * s;
        float sum = 1f / 19;
        sum = Fma(sum, square, 1f / 17);
        sum = Fma(sum, square, 1f / 15);
        sum = Fma(sum, square, 1f / 13);
        sum = Fma(sum, square, 1f / 11);
        sum = Fma(sum, square, 1f / 9);
        sum = Fma(sum, square, 1f / 7);
        sum = Fma(sum, square, 1f / 5);
        sum = Fma(sum, square, 1f / 3);
        return 2 * Fma(sum * square, s, s);
    }

    /// <summary>e to a number within ±65: 2 to the nearest whole number, and a series for the rest.</summary>
    private static float Exponential(float x)
    {
        int bits = (int)((x * BitsPerE) + (x < 0 ? -0.5f : 0.5f));
        float whole = (float)bits;
        float rest = Fma(-whole, Ln2High, x);
        rest = Fma(-whole, Ln2Low, rest);
        float sum = 1f / 5040;
        sum = Fma(sum, rest, 1f / 720);
        sum = Fma(sum, rest, 1f / 120);
        sum = Fma(sum, rest, 1f / 24);
        sum = Fma(sum, rest, 1f / 6);
        sum = Fma(sum, rest, 0.5f);
        sum = Fma(sum, rest, 1);
        sum = Fma(sum, rest, 1);
        return sum * Interop.IntAsFloat((uint)((bits + ExponentBias) << MantissaBits));
    }

    internal struct Parameters
    {
        public ArrayView<float> L0;
        public ArrayView<long> Sum;
        public ArrayView<float> Factor;
        public float Target;
        public float GainInUnits;
        public float Scale;
        public int BySign;
    }
}
