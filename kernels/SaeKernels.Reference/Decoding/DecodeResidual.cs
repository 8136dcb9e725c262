using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   e = y − x̂, ‖e‖² of each row, and their mean
/// Work       2 · entries · DOut + 3 · batch · DOut FLOP
/// Traffic    4 · (entries · DOut + 2 · batch · DOut) bytes
/// Launch     one thread, row after row
/// Shared     DOut float64 of scratch        Barriers  none
/// Order      i ascending, then d, then rows, in float64; deterministic
/// Error      (k + 2) · 2⁻⁵³ · (|y| + |b| + Σ|v·w|), and one rounding; squares are of e before rounding
/// Source     Gao et al. 2024, §2.3
/// </summary>
internal static class DecodeResidual
{
    public static void Run<T>(in DecodeResidualArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> targets = RealRows<T>.Of(arguments.Targets);
        RealRows<T> residuals = RealRows<T>.Of(arguments.Residuals);
        Reals<T> rowSquaredErrors = Reals<T>.Of(arguments.RowSquaredErrors);
        Codes<T> codes = new(arguments.Codes);
        RealRows<T> wDec = RealRows<T>.Of(arguments.WDec);
        Reals<T> bDec = Reals<T>.Of(arguments.BDec);
        double[] reconstruction = new double[targets.Columns];
        int rows = arguments.Targets.Rows;
        double total = 0;
        for (int row = 0; row < rows; row++)
        {
            SparseDecode.Row(codes, row, wDec, bDec, reconstruction);
            double squares = 0;
            for (int d = 0; d < reconstruction.Length; d++)
            {
                double residual = targets[row, d] - reconstruction[d];
                residuals[row, d] = residual;
                squares += residual * residual;
            }

            rowSquaredErrors[row] = squares;
            total += squares;
        }

        Host.Store<T>(arguments.MeanSquaredError, rows == 0 ? 0 : total / rows);
    }
}
