using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   p = b_enc + W_enc · x; every p &gt; max(θ, 0), and every NaN, as it is; 0 for those at most ε/2 below
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    4 · batch · DSae · DIn bytes (W_enc anew for each row)
/// Launch     one thread, row after row
/// Shared     DSae float64 of scratch        Barriers  none
/// Order      d ascending from b_enc, in float64; latents ascending; deterministic
/// Error      (DIn + 1) · 2⁻⁵³ · (|b| + Σ|w·x|), and one rounding; the rounded number is compared with θ
/// Source     ReLU, Bricken et al. 2023; JumpReLU, Rajamanoharan et al. 2024, §2
/// </summary>
internal static unsafe class EncodeThreshold
{
    public static void Run<T>(in EncodeThresholdArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        int rows = arguments.Input.Rows;
        double[] cuts = Cuts<T>(arguments.Threshold, arguments.WEnc.Rows);
        double halfWidth = Reals<T>.Round(arguments.Bandwidth / 2);
        double[] lows = [.. cuts.Select(cut => Reals<T>.Round(cut - halfWidth))];
        PreActivations<T> preActivations = new(arguments.Input, arguments.WEnc, arguments.BEnc);
        LargestOfRows<T>? aux = LargestOfRows<T>.OfFlagged(arguments.Aux, cuts.Length);
        Codes<T> codes = new(arguments.Codes);
        long needed = 0;
        codes.RowOffsets[0] = 0;
        for (int row = 0; row < rows; row++)
        {
            double[] ofRow = preActivations.Of(row);
            needed += Keep(ofRow, cuts, lows, codes, needed, arguments.Codes.Capacity);
            codes.RowOffsets[row + 1] = (int)Math.Min(needed, arguments.Codes.Capacity);
            aux?.Select(row, ofRow);
        }

        *Host.Longs(arguments.Codes.NeededEntries) = needed;
        if (needed > arguments.Codes.Capacity)
        {
            new Span<int>(codes.RowOffsets, rows + 1).Clear();
        }

        aux?.Close(rows);
    }

    /// <summary>What pre-activations must exceed to be active: max(θ, 0).</summary>
    public static double[] Cuts<T>(RealBuffer? threshold, int latents)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] cuts = new double[latents];
        if (threshold is not null)
        {
            Reals<T> thresholds = Reals<T>.Of(threshold);
            for (int latent = 0; latent < latents; latent++)
            {
                // NaN stays NaN, above which nothing is.
                cuts[latent] = Math.Max(thresholds[latent], 0);
            }
        }

        return cuts;
    }

    private static int Keep<T>(
        double[] preActivations, double[] cuts, double[] lows, Codes<T> codes, long first, int capacity)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Reals<T> values = codes.Values;
        int kept = 0;
        for (int latent = 0; latent < preActivations.Length; latent++)
        {
            double value = preActivations[latent];
            if (value > lows[latent] || double.IsNaN(value))
            {
                long entry = first + kept;
                if (entry < capacity)
                {
                    codes.Indices[entry] = latent;
                    values[entry] = value <= cuts[latent] ? 0 : value;
                }

                kept++;
            }
        }

        return kept;
    }
}
