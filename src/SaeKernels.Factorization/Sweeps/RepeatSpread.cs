using MathNet.Numerics.Distributions;
using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>What the spread of a few repeats allows to say.</summary>
internal static class RepeatSpread
{
    /// <summary>Returns the interval that holds 95 % of bootstrap means (percentiles; Efron 1979).</summary>
    /// <param name="values">A value for each repeat; at least one.</param>
    public static (double Low, double High) Bootstrap(IReadOnlyList<double> values)
    {
        const int Draws = 10_000;
        const double Tail = 0.025;
        RandomSequence random = new(0, RandomPurpose.General);
        double[] means = new double[Draws];
        for (int draw = 0; draw < Draws; draw++)
        {
            double sum = 0;
            for (int i = 0; i < values.Count; i++)
            {
                sum += values[(int)random.NextInt64(values.Count)];
            }

            means[draw] = sum / values.Count;
        }

        Array.Sort(means);
        return (means[(int)(Tail * Draws)], means[(int)((1 - Tail) * Draws) - 1]);
    }

    /// <summary>
    /// Returns how likely the mean of <paramref name="larger"/> is above that of <paramref name="smaller"/> by as much
    /// where both are draws of the same normal distribution: Welch's test, one side. NaN with fewer than two values
    /// each.
    /// </summary>
    public static double WelchPValue(IReadOnlyList<double> larger, IReadOnlyList<double> smaller)
    {
        (double mean, double error) = MeanOf(larger);
        (double otherMean, double otherError) = MeanOf(smaller);
        double squared = error + otherError;
        if (!(squared > 0))
        {
            return squared == 0 ? (mean > otherMean ? 0 : 1) : double.NaN;
        }

        double freedom = squared * squared
            / ((error * error / (larger.Count - 1)) + (otherError * otherError / (smaller.Count - 1)));
        return 1 - StudentT.CDF(0, 1, freedom, (mean - otherMean) / Math.Sqrt(squared));
    }

    /// <summary>The mean and its squared standard error.</summary>
    private static (double Mean, double SquaredError) MeanOf(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        double squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, squares / (values.Count - 1) / values.Count);
    }
}
