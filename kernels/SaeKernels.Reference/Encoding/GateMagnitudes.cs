using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   f = max(gain · π + shift, 0) with gain = e^r and shift = b_mag − e^r · b_gate
/// Work       2 FLOP an entry, an exponential a latent
/// Traffic    12 bytes an entry and 40 a latent
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      3 · 2⁻⁵³ · (|gain · π| + |shift|), and one rounding; gain and shift are rounded before
/// Source     Rajamanoharan et al. 2024, "Gated sparse autoencoders", §3.2
/// </summary>
internal static unsafe class GateMagnitudes
{
    private const double LeastLogGain = -87;
    private const double MostLogGain = 88;

    public static void Run<T>(in GateMagnitudesArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        Reals<T> gains = Reals<T>.Of(arguments.Gate.Gains);
        Reals<T> shifts = Reals<T>.Of(arguments.Gate.Shifts);
        for (int latent = 0; latent < arguments.Latents; latent++)
        {
            double logGain = Reals<T>.Of(arguments.LogGains)[latent];
            gains[latent] = Math.Exp(Math.Clamp(logGain, LeastLogGain, MostLogGain));
            shifts[latent] = Reals<T>.Of(arguments.Biases)[latent]
                - (gains[latent] * Reals<T>.Of(arguments.GateBiases)[latent]);
        }

        Codes<T> codes = new(arguments.Codes);
        Reals<T> values = codes.Values;
        for (int entry = 0; entry < codes.RowOffsets[arguments.Rows]; entry++)
        {
            int latent = codes.Indices[entry];
            values[entry] = Of(gains[latent], shifts[latent], values[entry]);
        }
    }

    /// <summary>The magnitude of a latent; 0 for a gate that is off.</summary>
    public static double Of(double gain, double shift, double preActivation)
    {
        double magnitude = (gain * preActivation) + shift;
        return preActivation <= 0 || magnitude <= 0 ? 0 : magnitude;
    }
}
