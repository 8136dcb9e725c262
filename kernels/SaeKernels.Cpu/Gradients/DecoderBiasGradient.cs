using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   ∂b_dec = scale · Σ_b e[b] − Σⱼ ∂b_enc[j] · W_enc[j]
/// Work       batch · DOut FLOP
/// Traffic    4 · batch · DOut bytes → bound by memory
/// Launch     chunks of 128 rows over the team
/// Shared     DOut float64 of scratch a chunk        Barriers  one, before the chunks are added up
/// Order      rows, then chunks ascending, in float64; deterministic
/// Error      (batch + 2) · 2⁻⁵³ · (|scale| · Σ|e| + |path|), and one rounding
/// Source     the chain rule
/// </summary>
internal static unsafe class DecoderBiasGradient
{
    public static void Run(CpuContext context, in DecoderBiasGradientArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        RealMatrix residuals = arguments.Residuals;
        double* sums = ColumnSums.Of(context, HostPointers.Of(residuals), residuals.Rows, residuals.Columns);
        float* path = arguments.EncoderPath is null ? null : HostPointers.Of(arguments.EncoderPath);
        float* gradient = HostPointers.Of(arguments.GradBDec);
        for (int d = 0; d < residuals.Columns; d++)
        {
            gradient[d] = (float)((arguments.ResidualScale * sums[d]) - (path is null ? 0 : path[d]));
        }
    }
}
