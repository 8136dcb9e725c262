using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   p = b_enc + W_enc · x, negative ones clipped to 0; the largest of each of K groups of consecutive latents
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    4 · batch · DSae · DIn bytes (W_enc anew for each row)
/// Launch     one thread, row after row
/// Shared     DSae float64 of scratch        Barriers  none
/// Order      d ascending from b_enc, in float64; latents ascending; deterministic
/// Error      (DIn + 1) · 2⁻⁵³ · (|b| + Σ|w·x|), and one rounding; selection is on the rounded number
/// Source     sparsify 1.3, activation groupmax
/// </summary>
internal static unsafe class EncodeGroupMax
{
    public static void Run<T>(in EncodeGroupMaxArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        int latents = arguments.WEnc.Rows;
        int rows = arguments.Input.Rows;
        PreActivations<T> preActivations = new(arguments.Input, arguments.WEnc, arguments.BEnc);
        LargestOfRows<T>? aux = LargestOfRows<T>.OfFlagged(arguments.Aux, latents);
        Codes<T> codes = new(arguments.Codes);
        codes.RowOffsets[0] = 0;
        for (int row = 0; row < rows; row++)
        {
            double[] ofRow = preActivations.Of(row);
            Select(ofRow, arguments.K, codes, (long)row * arguments.K);
            codes.RowOffsets[row + 1] = (row + 1) * arguments.K;
            aux?.Select(row, ofRow);
        }

        *Host.Longs(arguments.Codes.NeededEntries) = (long)rows * arguments.K;
        aux?.Close(rows);
    }

    private static void Select<T>(double[] preActivations, int groups, Codes<T> codes, long first)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int size = preActivations.Length / groups;
        Reals<T> values = codes.Values;
        for (int group = 0; group < groups; group++)
        {
            int best = group * size;
            double largest = Clip(preActivations[best]);
            for (int latent = best + 1; latent < (group + 1) * size; latent++)
            {
                double value = Clip(preActivations[latent]);
                if (value > largest || (double.IsNaN(value) && !double.IsNaN(largest)))
                {
                    (best, largest) = (latent, value);
                }
            }

            codes.Indices[first + group] = best;
            values[first + group] = largest;
        }
    }

    // NaN is not below 0 and stays; −0 becomes 0.
    private static double Clip(double preActivation) => preActivation <= 0 ? 0 : preActivation;
}
