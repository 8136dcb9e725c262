using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   n = √(Σⱼ row[j] + ‖∂b_dec‖²) and min(1, MaxNorm / n)
/// Work       DSae + 2 · DOut FLOP
/// Traffic    4 · (DSae + DOut) bytes
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      latents ascending, then d, in float64; deterministic
/// Error      (DSae + DOut) · 2⁻⁵³ · n, and one rounding
/// Source     Pascanu, Mikolov, Bengio 2013, §3.2
/// </summary>
internal static class GradientNorm
{
    public static void Run<T>(in GradientNormArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        Reals<T> rowSquaredNorms = Reals<T>.Of(arguments.RowSquaredNorms);
        Reals<T> gradBDec = Reals<T>.Of(arguments.GradBDec);
        double squares = 0;
        for (int latent = 0; latent < arguments.Latents; latent++)
        {
            squares += rowSquaredNorms[latent];
        }

        for (int d = 0; d < arguments.DOut; d++)
        {
            squares += gradBDec[d] * gradBDec[d];
        }

        double norm = Math.Sqrt(squares);
        Host.Store<T>(arguments.Norm, norm);
        Host.Store<T>(arguments.ClipFactor, norm == 0 ? 1 : Math.Min(1, arguments.MaxNorm / norm));
    }
}
