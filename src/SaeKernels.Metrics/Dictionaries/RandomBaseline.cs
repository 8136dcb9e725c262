using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>What dictionaries score that have nothing to do with each other: isotropic random directions.</summary>
public static class RandomBaseline
{
    // Halving the steps changes none of the figures by 1e-9 (2026-11-23).
    private const int Steps = 20_000;

    /// <summary>The expected largest cosine of a direction with <paramref name="count"/> random ones.</summary>
    /// <remarks>
    /// Integrated, not drawn: the angle to a random direction has density ∝ sin^(width − 2) θ, and the smallest of K
    /// angles is above θ with probability (1 − H(θ))^K. Of two random dictionaries of one width,
    /// <c>mmcs_recall</c> expects this with the learned count and <c>mmcs_precision</c> with the true one.
    /// </remarks>
    /// <param name="width">The width of the directions; at least 1.</param>
    /// <param name="count">How many there are; at least 1.</param>
    public static double MeanMaxCosine(int width, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (width == 1)
        {
            // Directions are 1 or −1.
            return 1 - Math.Pow(2, 1 - count);
        }

        double step = Math.PI / Steps;
        double[] density = new double[Steps];
        for (int i = 0; i < Steps; i++)
        {
            // Powers of the sine underflow to 0 where they cannot matter.
            density[i] = Math.Pow(Math.Sin((i + 0.5) * step), width - 2);
        }

        double total = density.Sum();
        double below = 0;
        double expected = -1;
        for (int i = 0; i < Steps; i++)
        {
            double middle = (below + (density[i] / 2)) / total;
            // 1 − (1 − H)^K.
            double nearest = middle < 1 ? 1 - Math.Exp(count * LogOneMinus(middle)) : 1;
            expected += Math.Sin((i + 0.5) * step) * nearest * step;
            below += density[i];
        }

        return expected;
    }

    /// <summary>
    /// The mean matched |cosine| (MCC) of two random dictionaries, found by drawing one pair.
    /// </summary>
    /// <param name="width">The width of the directions; at least 1.</param>
    /// <param name="truth">Directions of the one; at least 1.</param>
    /// <param name="learned">Directions of the other; at least 1.</param>
    /// <param name="seed">Another seed draws another pair; default 0.</param>
    public static double MatchedCosine(int width, int truth, int learned, ulong seed = 0) =>
        DictionaryMetrics.MatchedCosine(Draw(width, truth, seed, 0), Draw(width, learned, seed, 1));

    private static double LogOneMinus(double value) => value < 1e-5
        ? -value - (value * value / 2)
        : Math.Log(1 - value);

    private static UnitDirections Draw(int width, int count, ulong seed, long step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        RandomSequence random = new(seed, RandomPurpose.Estimation, step);
        float[] rows = new float[checked(width * count)];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = (float)random.NextNormal();
        }

        return UnitDirections.From(rows, width);
    }
}
