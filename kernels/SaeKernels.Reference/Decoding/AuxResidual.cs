using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   e − ê with ê = Σ v · W_dec[i], the loss Σ‖e − ê‖² / Σ‖e − ē‖², and −2α / Σ‖e − ē‖²
/// Work       2 · entries · DOut + 7 · batch · DOut FLOP
/// Traffic    4 · (entries · DOut + 4 · batch · DOut) bytes
/// Launch     one thread, row after row
/// Shared     DOut float64 of scratch        Barriers  none
/// Order      i ascending, then rows, then d, in float64; deterministic
/// Error      (k + 1) · 2⁻⁵³ · (|e| + Σ|v·w|), and one rounding
/// Source     Gao et al. 2024, §2.4 and appendix A.2
/// </summary>
internal static unsafe class AuxResidual
{
    public static void Run<T>(in AuxResidualArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> residuals = RealRows<T>.Of(arguments.Residuals);
        double variance = SumOfSquaredDeviations(residuals, arguments.Rows);
        double left = 0;
        Codes<T> codes = new(arguments.AuxCodes);
        bool idle = codes.RowOffsets[arguments.Rows] == codes.RowOffsets[0] || variance == 0;
        double[] reconstruction = new double[residuals.Columns];
        for (int row = 0; row < arguments.Rows; row++)
        {
            Array.Clear(reconstruction);
            if (!idle)
            {
                codes.AddRow(row, RealRows<T>.Of(arguments.WDec), reconstruction);
            }

            for (int d = 0; d < reconstruction.Length; d++)
            {
                double residual = residuals[row, d] - reconstruction[d];
                residuals[(long)arguments.Rows + row, d] = residual;
                left += residual * residual;
            }
        }

        Host.Store<T>(arguments.Loss, idle ? 0 : left / variance);
        Host.Store<T>(arguments.ResidualScale, idle ? 0 : -2 * arguments.Coefficient / variance);
    }

    private static double SumOfSquaredDeviations<T>(RealRows<T> residuals, int rows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] mean = new double[residuals.Columns];
        for (int row = 0; row < rows; row++)
        {
            for (int d = 0; d < mean.Length; d++)
            {
                mean[d] += residuals[row, d] / rows;
            }
        }

        double sum = 0;
        for (int row = 0; row < rows; row++)
        {
            for (int d = 0; d < mean.Length; d++)
            {
                double deviation = residuals[row, d] - mean[d];
                sum += deviation * deviation;
            }
        }

        return sum;
    }
}
