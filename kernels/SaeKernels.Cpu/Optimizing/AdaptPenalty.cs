using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   scale · exp(r + Σ g·r) with r = ln(L0 / target) within ±1; or scale · exp(Σ g·sign)
/// Work       a logarithm and an exponential, in float64
/// Traffic    16 bytes
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      one number; deterministic
/// Error      2⁻²⁴ of the factor; half a unit of the sum
/// Source     a proportional-integral controller in logarithms
/// </summary>
internal static unsafe class AdaptPenalty
{
    public static void Run(in AdaptPenaltyArguments arguments)
    {
        arguments.Validate();
        double ratio = *HostPointers.Of(arguments.L0) / arguments.Target;
        double r = arguments.BySign ? (ratio >= 1 ? 1 : -1)
            : ratio > 0 ? Math.Clamp(Math.Log(ratio), -1, 1)
            : -1;
        long* sum = HostPointers.Of(arguments.Sum);
        *sum = Math.Clamp(
            *sum + (long)Math.Round(arguments.Gain * r * AdaptPenaltyArguments.UnitsOfSum),
            -AdaptPenaltyArguments.MostSum,
            AdaptPenaltyArguments.MostSum);
        double integral = *sum / (double)AdaptPenaltyArguments.UnitsOfSum;
        *HostPointers.Of(arguments.Factor) = (float)(arguments.Scale * Math.Exp((arguments.BySign ? 0 : r) + integral));
    }
}
