using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   count, Σv, Σv², Σv³, Σv⁴, min v, max v and histograms of v of each latent, over active entries
/// Work       9 FLOP an entry
/// Traffic    8 bytes an entry, and 72 of statistics
/// Launch     one thread, row after row
/// Shared     none        Barriers  none
/// Order      rows ascending, in float64; deterministic
/// Error      (n + 3) · 2⁻⁵³ · Σ|vᵖ| for n entries and each power p
/// Source     the definition
/// </summary>
internal static unsafe class AccumulateLatents
{
    public static void Run<T>(in AccumulateLatentsArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        if (arguments.Statistics is not ReferenceLatentStatistics statistics)
        {
            throw new ArgumentException(
                "AccumulateLatents: Statistics must be made by this reference backend, but is a "
                + $"{arguments.Statistics.GetType().Name}. Call CreateLatentStatistics of the backend that uses it.");
        }

        Codes<T> codes = new(arguments.Codes);
        for (int entry = codes.RowOffsets[0]; entry < codes.RowOffsets[arguments.Rows]; entry++)
        {
            if (codes.Values[entry] != 0)
            {
                statistics.AddActivation(codes.Indices[entry], codes.Values[entry]);
            }
        }

        statistics.AddRows(arguments.Rows);
    }
}
