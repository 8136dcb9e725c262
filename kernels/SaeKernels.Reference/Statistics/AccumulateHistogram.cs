using System.Numerics;
using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   how many numbers fall into each bin of equal width, below the first, above the last, and are NaN
/// Work       2 FLOP a number
/// Traffic    4 bytes a number, and 16 of counts
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      integers: none that matters; deterministic
/// Error      none: bins are found in float32 as the contract says, after float64 numbers are rounded to it
/// Source     the definition
/// </summary>
internal static unsafe class AccumulateHistogram
{
    public static void Run<T>(in AccumulateHistogramArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        Reals<T> values = Reals<T>.Of(arguments.Values);
        long* counts = Host.Longs(arguments.Counts);
        EvenBins bins = new(arguments.Low, arguments.High, arguments.Bins);
        for (long i = 0; i < arguments.Count; i++)
        {
            counts[PlaceOf((float)values[i], bins)]++;
        }
    }

    private static int PlaceOf(float value, EvenBins bins)
    {
        if (float.IsNaN(value))
        {
            return bins.Count + 2;
        }

        return value < bins.Low ? bins.Count : value > bins.High ? bins.Count + 1 : bins.IndexOf(value);
    }
}
