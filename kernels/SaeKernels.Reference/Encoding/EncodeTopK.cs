using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   p = b_enc + W_enc · x; the K largest p of each row, negative ones clipped to 0
/// Work       2 · batch · DSae · DIn FLOP, and a sort of DSae numbers a row
/// Traffic    4 · batch · DSae · DIn bytes (W_enc anew for each row)
/// Launch     one thread, row after row
/// Shared     DSae float64 of scratch        Barriers  none
/// Order      d ascending from b_enc, in float64; deterministic
/// Error      (DIn + 1) · 2⁻⁵³ · (|b| + Σ|w·x|), and one rounding; selection is on the rounded number
/// Source     Gao et al. 2024, §2.3 and appendix A.2
/// </summary>
internal static class EncodeTopK
{
    public static void Run<T>(in EncodeTopKArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        int latents = arguments.WEnc.Rows;
        PreActivations<T> preActivations = new(arguments.Input, arguments.WEnc, arguments.BEnc);
        LargestOfRows<T> largest = LargestOfRows<T>.OfAll(arguments.Codes, latents, arguments.K);
        LargestOfRows<T>? aux = LargestOfRows<T>.OfFlagged(arguments.Aux, latents);
        for (int row = 0; row < arguments.Input.Rows; row++)
        {
            double[] ofRow = preActivations.Of(row);
            largest.Select(row, ofRow);
            aux?.Select(row, ofRow);
        }

        largest.Close(arguments.Input.Rows);
        aux?.Close(arguments.Input.Rows);
    }
}
