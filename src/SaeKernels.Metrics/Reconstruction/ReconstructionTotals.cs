using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Joins what was found of the reconstructions of different vectors.</summary>
public static class ReconstructionTotals
{
    /// <summary>Returns the sums of both parts together.</summary>
    /// <remarks>
    /// Counts are exactly those of one pass, sums agree up to float64 rounding. Means and variations are joined as
    /// Chan, Golub and LeVeque do (1983).
    /// </remarks>
    /// <param name="left">One part.</param>
    /// <param name="right">The other.</param>
    /// <exception cref="ArgumentException">The vectors of the parts have different widths.</exception>
    public static ReconstructionSnapshot Merge(ReconstructionSnapshot left, ReconstructionSnapshot right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        if (left.Mean.Count != right.Mean.Count)
        {
            throw new ArgumentException(
                $"ReconstructionTotals: vectors must be {left.Mean.Count} wide on both sides, but the other one's are "
                + $"{right.Mean.Count} wide. Merge parts of the same width.");
        }

        if (left.Sums.Vectors == 0 || right.Sums.Vectors == 0)
        {
            return left.Sums.Vectors == 0 ? right : left;
        }

        ReconstructionSums sums = left.Sums;
        sums.Add(right.Sums);
        double share = right.Sums.Vectors / (double)sums.Vectors;
        double[] mean = [.. left.Mean];
        CompensatedSum squaredDistance = default;
        for (int d = 0; d < mean.Length; d++)
        {
            double difference = right.Shift[d] - left.Shift[d] + (right.Mean[d] - left.Mean[d]);
            squaredDistance.Add(difference * difference);
            mean[d] += share * difference;
        }

        CompensatedSum variation = left.Variation;
        variation.Add(right.Variation);
        variation.Add(squaredDistance.Value * share * left.Sums.Vectors);
        return new ReconstructionSnapshot { Sums = sums, Variation = variation, Shift = left.Shift, Mean = mean };
    }
}
