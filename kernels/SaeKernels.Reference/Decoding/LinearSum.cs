using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   y + scale · W·x
/// Work       2 · batch · DIn · DOut FLOP
/// Traffic    4 · (DIn · DOut + batch · (DIn + 2 · DOut)) bytes
/// Launch     one thread, row after row
/// Shared     none        Barriers  none
/// Order      i ascending, in float64; deterministic
/// Error      (DIn + 2) · 2⁻⁵³ · (|y| + |scale| · Σ|w·x|), and one rounding
/// Source     Paulo et al. 2025, §3
/// </summary>
internal static class LinearSum
{
    public static void Run<T>(in LinearSumArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> input = RealRows<T>.Of(arguments.Input);
        RealRows<T> weights = RealRows<T>.Of(arguments.Weights);
        RealRows<T> start = RealRows<T>.Of(arguments.Start);
        RealRows<T> sums = RealRows<T>.Of(arguments.Sum);
        for (int row = 0; row < arguments.Input.Rows; row++)
        {
            for (int output = 0; output < sums.Columns; output++)
            {
                double product = 0;
                for (int i = 0; i < input.Columns; i++)
                {
                    product += weights[output, i] * input[row, i];
                }

                sums[row, output] = start[row, output] + (arguments.Scale * product);
            }
        }
    }
}
