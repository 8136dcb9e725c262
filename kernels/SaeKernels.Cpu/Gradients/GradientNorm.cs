using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   n = √(Σⱼ row[j] + ‖∂b_dec‖²) and min(1, MaxNorm / n)
/// Work       DSae + 2 · DOut FLOP
/// Traffic    4 · (DSae + DOut) bytes → bound by the latency of an addition
/// Launch     one thread: 16 µs for 16,384 latents
/// Shared     none        Barriers  none
/// Order      latents ascending, in float64; deterministic
/// Error      (DSae + DOut) · 2⁻⁵³ · n, and one rounding
/// Source     Pascanu, Mikolov, Bengio 2013, §3.2
/// </summary>
internal static unsafe class GradientNorm
{
    public static void Run(in GradientNormArguments arguments)
    {
        arguments.Validate();
        float* rowSquaredNorms = HostPointers.Of(arguments.RowSquaredNorms);
        double squares = Rows.SumOfSquares(HostPointers.Of(arguments.GradBDec), arguments.DOut);
        for (int latent = 0; latent < arguments.Latents; latent++)
        {
            squares += rowSquaredNorms[latent];
        }

        double norm = Math.Sqrt(squares);
        *HostPointers.Of(arguments.Norm) = (float)norm;
        *HostPointers.Of(arguments.ClipFactor) = norm == 0 ? 1 : (float)Math.Min(1, arguments.MaxNorm / norm);
    }
}
