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
internal static unsafe class EncodeTopK
{
    public static void Run<T>(in EncodeTopKArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        int rows = arguments.Input.Rows;
        double[] preActivations = new double[arguments.WEnc.Rows];
        int[] everyLatent = [.. Enumerable.Range(0, arguments.WEnc.Rows)];
        int[] flaggedLatents = arguments.Aux is AuxSelection aux ? Flagged(aux.Mask, everyLatent) : [];
        for (int row = 0; row < rows; row++)
        {
            PreActivations<T>(arguments, row, preActivations);
            Select<T>(preActivations, everyLatent, arguments.K, row, arguments.Codes);
            if (arguments.Aux is AuxSelection second)
            {
                Select<T>(preActivations, flaggedLatents, second.K, row, second.Codes);
            }
        }

        Close(arguments.Codes, rows, arguments.K);
        if (arguments.Aux is AuxSelection closed)
        {
            Close(closed.Codes, rows, Math.Min(closed.K, flaggedLatents.Length));
        }
    }

    private static int[] Flagged(IntBuffer mask, int[] latents)
    {
        int* flags = Host.Ints(mask);
        return Array.FindAll(latents, latent => flags[latent] != 0);
    }

    private static void PreActivations<T>(in EncodeTopKArguments arguments, int row, double[] preActivations)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        RealRows<T> input = RealRows<T>.Of(arguments.Input);
        RealRows<T> wEnc = RealRows<T>.Of(arguments.WEnc);
        Reals<T> bEnc = Reals<T>.Of(arguments.BEnc);
        for (int latent = 0; latent < preActivations.Length; latent++)
        {
            double sum = bEnc[latent];
            for (int d = 0; d < input.Columns; d++)
            {
                sum += wEnc[latent, d] * input[row, d];
            }

            preActivations[latent] = Reals<T>.Round(sum);
        }
    }

    private static void Select<T>(double[] preActivations, int[] latents, int k, int row, SparseCodes codes)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] selected = [.. latents];
        Array.Sort(selected, (left, right) => Rank(preActivations, left, right));
        Array.Resize(ref selected, Math.Min(k, selected.Length));
        Array.Sort(selected);
        Codes<T> target = new(codes);
        Reals<T> values = target.Values;
        for (int i = 0; i < selected.Length; i++)
        {
            double value = preActivations[selected[i]];
            long entry = ((long)row * selected.Length) + i;
            target.Indices[entry] = selected[i];
            values[entry] = value <= 0 ? 0 : value;
        }
    }

    private static int Rank(double[] preActivations, int left, int right)
    {
        double a = preActivations[left];
        double b = preActivations[right];
        if (double.IsNaN(a) != double.IsNaN(b))
        {
            return double.IsNaN(a) ? -1 : 1;
        }

        return a > b ? -1 : a < b ? 1 : left.CompareTo(right);
    }

    private static void Close(SparseCodes codes, int rows, int entriesPerRow)
    {
        int* offsets = Host.Ints(codes.RowOffsets);
        for (int row = 0; row <= rows; row++)
        {
            offsets[row] = row * entriesPerRow;
        }

        *Host.Longs(codes.NeededEntries) = (long)rows * entriesPerRow;
    }
}
