using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>
/// Computes   Σ‖y − ŷ‖², Σ‖ŷ‖², Σ⟨y, ŷ⟩, cosines and ratios of lengths over vectors, their mean and Σ‖y − ȳ‖²
/// Work       14 FLOP an element
/// Traffic    8 bytes an element
/// Launch     one thread, row after row
/// Shared     none        Barriers  none
/// Order      rows ascending, in float64; deterministic
/// Error      (D + 3) · 2⁻⁵³ of each sum over a vector
/// Source     running mean and variation: Welford 1962
/// </summary>
internal static class AccumulateReconstruction
{
    public static void Run<T>(in AccumulateReconstructionArguments arguments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        arguments.Validate();
        if (arguments.Statistics is not ReferenceReconstructionStatistics statistics)
        {
            throw new ArgumentException(
                "AccumulateReconstruction: Statistics must be made by this reference backend, but is a "
                + $"{arguments.Statistics.GetType().Name}. "
                + "Call CreateReconstructionStatistics of the backend that uses it.");
        }

        RealRows<T> targets = RealRows<T>.Of(arguments.Targets);
        RealRows<T> reconstructions = RealRows<T>.Of(arguments.Reconstruction);
        double[] target = new double[statistics.Width];
        double[] reconstruction = new double[statistics.Width];
        for (int row = 0; row < arguments.Targets.Rows; row++)
        {
            for (int d = 0; d < target.Length; d++)
            {
                target[d] = targets[row, arguments.FirstColumn + d];
                reconstruction[d] = reconstructions[row, arguments.FirstColumn + d];
            }

            statistics.Add(target, reconstruction);
        }
    }
}
