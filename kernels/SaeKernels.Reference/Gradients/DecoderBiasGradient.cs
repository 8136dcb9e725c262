using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   ∂b_dec = scale · Σ_b e[b] − Σⱼ ∂b_enc[j] · W_enc[j]
/// Work       batch · DOut FLOP
/// Traffic    4 · batch · DOut bytes
/// Launch     one thread, row after row
/// Shared     DOut float64 of scratch        Barriers  none
/// Order      rows ascending, in float64; deterministic
/// Error      (batch + 2) · 2⁻⁵³ · (|scale| · Σ|e| + |path|), and one rounding
/// Source     the chain rule
/// </summary>
internal static class DecoderBiasGradient
{
    public static void Run<T>(in DecoderBiasGradientArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> residuals = RealRows<T>.Of(arguments.Residuals);
        double[] sum = new double[residuals.Columns];
        for (int row = 0; row < arguments.Residuals.Rows; row++)
        {
            for (int d = 0; d < sum.Length; d++)
            {
                sum[d] += residuals[row, d];
            }
        }

        Reals<T> gradBDec = Reals<T>.Of(arguments.GradBDec);
        for (int d = 0; d < sum.Length; d++)
        {
            double path = arguments.EncoderPath is null ? 0 : Reals<T>.Of(arguments.EncoderPath)[d];
            gradBDec[d] = (arguments.ResidualScale * sum[d]) - path;
        }
    }
}
