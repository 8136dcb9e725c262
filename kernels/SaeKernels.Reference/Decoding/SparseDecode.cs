using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   x̂ = b_dec + Σ v · W_dec[i]
/// Work       2 · entries · DOut FLOP
/// Traffic    4 · (entries · DOut + 2 · batch · DOut) bytes
/// Launch     one thread, row after row
/// Shared     DOut float64 of scratch        Barriers  none
/// Order      i ascending, in float64; deterministic
/// Error      (k + 1) · 2⁻⁵³ · (|b| + Σ|v·w|), and one rounding
/// Source     Gao et al. 2024, §2.3
/// </summary>
internal static class SparseDecode
{
    public static void Run<T>(in SparseDecodeArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        RealRows<T> reconstruction = RealRows<T>.Of(arguments.Reconstruction);
        double[] sum = new double[reconstruction.Columns];
        for (int row = 0; row < arguments.Reconstruction.Rows; row++)
        {
            Row(new Codes<T>(arguments.Codes), row, RealRows<T>.Of(arguments.WDec), Reals<T>.Of(arguments.BDec), sum);
            for (int d = 0; d < sum.Length; d++)
            {
                reconstruction[row, d] = sum[d];
            }
        }
    }

    /// <summary>Computes one row of the reconstruction in float64.</summary>
    public static void Row<T>(Codes<T> codes, int row, RealRows<T> wDec, Reals<T> bDec, double[] sum)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int d = 0; d < sum.Length; d++)
        {
            sum[d] = bDec[d];
        }

        codes.AddRow(row, wDec, sum);
    }
}
