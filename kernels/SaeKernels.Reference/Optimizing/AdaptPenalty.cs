using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   scale · exp(r + Σ g·r) with r = ln(L0 / target) within ±1; or scale · exp(Σ g·sign)
/// Work       a logarithm and an exponential
/// Traffic    24 bytes
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      one number; deterministic
/// Error      a few 2⁻⁵³, and one rounding; the sum grows by whole units of 2⁻⁴⁰
/// Source     a proportional-integral controller in logarithms
/// </summary>
internal static unsafe class AdaptPenalty
{
    public static void Run<T>(in AdaptPenaltyArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        const long Most = AdaptPenaltyArguments.MostSum;
        double l0 = Host.Load<T>(arguments.L0);
        double distance = arguments.BySign ? (l0 >= arguments.Target ? 1 : -1)
            : l0 > 0 ? Math.Clamp(Math.Log(l0 / arguments.Target), -1, 1)
            : -1;
        long* sum = Host.Longs(arguments.Sum);
        long term = (long)Math.Round(arguments.Gain * distance * AdaptPenaltyArguments.UnitsOfSum);
        *sum = Math.Clamp(*sum + term, -Most, Most);
        double exponent = (arguments.BySign ? 0 : distance) + ((double)*sum / AdaptPenaltyArguments.UnitsOfSum);
        Host.Store<T>(arguments.Factor, arguments.Scale * Math.Exp(exponent));
    }
}
