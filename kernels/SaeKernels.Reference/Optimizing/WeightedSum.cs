using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   a·x + b·y
/// Work       3 FLOP a number
/// Traffic    12 bytes a number
/// Launch     one thread
/// Shared     none        Barriers  none
/// Order      elementwise; deterministic
/// Error      3 · 2⁻⁵³ · (|a·x| + |b·y|), and one rounding
/// Source     Polyak and Juditsky 1992, for averages of weights
/// </summary>
internal static class WeightedSum
{
    public static void Run<T>(in WeightedSumArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        Add<T>(arguments, 0, arguments.Length);
    }

    /// <summary>Sums some of the numbers.</summary>
    public static void Add<T>(in WeightedSumArguments arguments, long start, long count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Reals<T> first = Reals<T>.Of(arguments.First);
        Reals<T> second = Reals<T>.Of(arguments.Second);
        Reals<T> sum = Reals<T>.Of(arguments.Sum);
        for (long i = start; i < start + count; i++)
        {
            sum[i] = (arguments.FirstFactor * first[i]) + (arguments.SecondFactor * second[i]);
        }
    }
}
