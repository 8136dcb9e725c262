using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   p = b_enc + W_enc · x; the batch · K largest positive p of the whole batch, and the smallest of them
/// Work       2 · batch · DSae · DIn FLOP, and a sort of up to batch · K + DSae numbers a row
/// Traffic    4 · batch · DSae · DIn bytes (W_enc anew for each row)
/// Launch     one thread, row after row
/// Shared     batch · K + DSae candidates        Barriers  none
/// Order      d ascending from b_enc, in float64; rows, then latents ascending; deterministic
/// Error      (DIn + 1) · 2⁻⁵³ · (|b| + Σ|w·x|), and one rounding; selection is on the rounded number
/// Source     Bussmann et al. 2024, §3
/// </summary>
internal static unsafe class EncodeBatchTopK
{
    public static void Run<T>(in EncodeBatchTopKArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        int rows = arguments.Input.Rows;
        int most = rows * arguments.K;
        PreActivations<T> preActivations = new(arguments.Input, arguments.WEnc, arguments.BEnc);
        LargestOfRows<T>? aux = LargestOfRows<T>.OfFlagged(arguments.Aux, arguments.WEnc.Rows);
        List<Candidate> kept = [];
        for (int row = 0; row < rows; row++)
        {
            double[] ofRow = preActivations.Of(row);
            AddPositive(ofRow, row, kept);
            kept.Sort(Candidate.ByRank);
            kept.RemoveRange(Math.Min(most, kept.Count), Math.Max(0, kept.Count - most));
            aux?.Select(row, ofRow);
        }

        Host.Store<T>(arguments.Cut, CutOf(kept));
        kept.Sort(Candidate.ByPlace);
        Store<T>(kept, rows, arguments.Codes);
        aux?.Close(rows);
    }

    private static void AddPositive(double[] preActivations, int row, List<Candidate> kept)
    {
        for (int latent = 0; latent < preActivations.Length; latent++)
        {
            double value = preActivations[latent];
            if (value > 0 || double.IsNaN(value))
            {
                kept.Add(new Candidate(row, latent, value));
            }
        }
    }

    /// <summary>The smallest number that was kept: the last by rank, which is NaN only where all are.</summary>
    private static double CutOf(List<Candidate> kept) => kept.Count == 0 ? 0 : kept[^1].Value;

    private static void Store<T>(List<Candidate> kept, int rows, SparseCodes codes)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Codes<T> target = new(codes);
        Reals<T> values = target.Values;
        int entry = 0;
        target.RowOffsets[0] = 0;
        for (int row = 0; row < rows; row++)
        {
            while (entry < kept.Count && kept[entry].Row == row)
            {
                target.Indices[entry] = kept[entry].Latent;
                values[entry] = kept[entry].Value;
                entry++;
            }

            target.RowOffsets[row + 1] = entry;
        }

        *Host.Longs(codes.NeededEntries) = kept.Count;
    }

    private readonly record struct Candidate(int Row, int Latent, double Value)
    {
        /// <summary>NaN, then the largest number; ties by the lowest row, then the lowest latent.</summary>
        public static int ByRank(Candidate left, Candidate right)
        {
            // CompareTo puts NaN below every number.
            bool bothNumbers = !double.IsNaN(left.Value) && !double.IsNaN(right.Value);
            int rank = bothNumbers
                ? right.Value.CompareTo(left.Value)
                : left.Value.CompareTo(right.Value);
            return rank != 0 ? rank : ByPlace(left, right);
        }

        public static int ByPlace(Candidate left, Candidate right)
        {
            int rows = left.Row.CompareTo(right.Row);
            return rows != 0 ? rows : left.Latent.CompareTo(right.Latent);
        }
    }
}
