using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   ∂W = scale · Σ_b e[b] · x[b]ᵀ, and ‖∂W[o]‖² of each row
/// Work       2 · batch · DIn · DOut FLOP
/// Traffic    4 · (DIn · DOut + batch · (DIn + DOut)) bytes
/// Launch     one thread, row of the gradient after row
/// Shared     none        Barriers  none
/// Order      rows of the batch ascending, in float64; deterministic
/// Error      (batch + 1) · 2⁻⁵³ · |scale| · Σ|e·x|, and one rounding; squares are of ∂W before rounding
/// Source     the chain rule
/// </summary>
internal static class LinearGradient
{
    public static void Run<T>(in LinearGradientArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> residuals = RealRows<T>.Of(arguments.Residuals);
        RealRows<T> input = RealRows<T>.Of(arguments.Input);
        RealRows<T> gradient = RealRows<T>.Of(arguments.Gradient);
        Reals<T> norms = Reals<T>.Of(arguments.RowSquaredNorms);
        for (int output = 0; output < residuals.Columns; output++)
        {
            double squares = 0;
            for (int i = 0; i < input.Columns; i++)
            {
                double sum = 0;
                for (int row = 0; row < arguments.Input.Rows; row++)
                {
                    sum += residuals[row, output] * input[row, i];
                }

                sum *= arguments.ResidualScale;
                gradient[output, i] = sum;
                squares += sum * sum;
            }

            norms[arguments.FirstNorm + output] = squares;
        }
    }
}
