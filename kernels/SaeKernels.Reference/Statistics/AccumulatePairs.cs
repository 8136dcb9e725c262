using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   Σxy, Σx² and Σy² of each pair of latents of two models, over the rows where both are active
/// Work       6 FLOP a pair
/// Traffic    48 bytes a pair
/// Launch     one thread, row after row
/// Shared     none        Barriers  none
/// Order      rows ascending, in float64; deterministic
/// Error      (n + 1) · 2⁻⁵³ · Σ|xy| for n rows, and so for the squares
/// Source     the definition
/// </summary>
internal static class AccumulatePairs
{
    public static unsafe void Run<T>(in AccumulatePairsArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        if (arguments.Statistics is not ReferencePairStatistics statistics)
        {
            throw new ArgumentException(
                "AccumulatePairs: Statistics must be made by this reference backend, but is a "
                + $"{arguments.Statistics.GetType().Name}. Call CreatePairStatistics of the backend that uses it.");
        }

        Codes<T> codes = new(arguments.Codes);
        Codes<T> others = new(arguments.OtherCodes);
        for (int row = 0; row < arguments.Rows; row++)
        {
            for (int entry = codes.RowOffsets[row]; entry < codes.RowOffsets[row + 1]; entry++)
            {
                for (int other = others.RowOffsets[row]; other < others.RowOffsets[row + 1]; other++)
                {
                    statistics.Add(
                        codes.Indices[entry], codes.Values[entry], others.Indices[other], others.Values[other]);
                }
            }
        }
    }
}
