using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   e[p] = y − b_dec − Σ v · W_dec[i] over the latents of each prefix p; Σ w · e[p] over the prefixes that
///            hold a group; ‖e‖² of the last one and Σ w · ‖e[p]‖² of each row, and their means
/// Work       2 · entries · DOut + 6 · prefixes · batch · DOut FLOP
/// Traffic    4 · (entries · DOut + (1 + prefixes) · batch · DOut) bytes
/// Launch     one thread, row after row, prefix after prefix
/// Shared     prefixes · DOut float64 of scratch        Barriers  none
/// Order      i ascending, then d; prefixes from the last to the first; rows; in float64; deterministic
/// Error      (k + 2) · 2⁻⁵³ · (|y| + |b| + Σ|v·w|) of each prefix, and one rounding of the sum
/// Source     Bussmann et al. 2025, §3
/// </summary>
internal static unsafe class PrefixResidual
{
    public static void Run<T>(in PrefixResidualArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        Reals<T> rowSquaredErrors = Reals<T>.Of(arguments.RowSquaredErrors);
        Reals<T> rowLosses = Reals<T>.Of(arguments.RowLosses);
        int rows = arguments.Targets.Rows;
        double squares = 0;
        double losses = 0;
        for (int row = 0; row < rows; row++)
        {
            double[][] left = Decode<T>(arguments, row);
            double loss = StoreSums<T>(arguments, row, left);
            double last = left[^1].Sum(residual => residual * residual);
            rowSquaredErrors[row] = last;
            rowLosses[row] = loss;
            squares += last;
            losses += loss;
        }

        Host.Store<T>(arguments.MeanSquaredError, rows == 0 ? 0 : squares / rows);
        Host.Store<T>(arguments.MeanLoss, rows == 0 ? 0 : losses / rows);
    }

    /// <summary>What each prefix leaves of a row.</summary>
    private static double[][] Decode<T>(in PrefixResidualArguments arguments, int row)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        RealRows<T> targets = RealRows<T>.Of(arguments.Targets);
        RealRows<T> wDec = RealRows<T>.Of(arguments.WDec);
        Reals<T> bDec = Reals<T>.Of(arguments.BDec);
        Codes<T> codes = new(arguments.Codes);
        int* ends = Host.Ints(arguments.Prefixes.Ends) + arguments.Prefixes.FirstEnd;
        double[][] left = new double[arguments.Prefixes.Count][];
        for (int prefix = 0; prefix < left.Length; prefix++)
        {
            left[prefix] = new double[targets.Columns];
            for (int d = 0; d < targets.Columns; d++)
            {
                double decoded = bDec[d];
                for (int entry = codes.RowOffsets[row]; entry < codes.RowOffsets[row + 1]; entry++)
                {
                    int latent = codes.Indices[entry];
                    decoded += latent < ends[prefix] ? codes.Values[entry] * wDec[latent, d] : 0;
                }

                left[prefix][d] = targets[row, d] - decoded;
            }
        }

        return left;
    }

    /// <summary>Stores the sums of each group and returns the weighted loss of the row.</summary>
    private static double StoreSums<T>(in PrefixResidualArguments arguments, int row, double[][] left)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        RealRows<T> residuals = RealRows<T>.Of(arguments.Residuals);
        Reals<T> weights = Reals<T>.Of(arguments.Weights);
        double[] sum = new double[left[^1].Length];
        double loss = 0;
        for (int prefix = left.Length - 1; prefix >= 0; prefix--)
        {
            bool isLast = prefix == left.Length - 1;
            double weight = isLast ? 1 : weights[prefix];
            int block = isLast ? 0 : arguments.Prefixes.FirstBlock + left.Length - 2 - prefix;
            for (int d = 0; d < sum.Length; d++)
            {
                sum[d] += weight * left[prefix][d];
                loss += weight * left[prefix][d] * left[prefix][d];
                residuals[((long)block * arguments.Targets.Rows) + row, d] = sum[d];
            }
        }

        return loss;
    }
}
