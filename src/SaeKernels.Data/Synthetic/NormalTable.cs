using MathNet.Numerics.Distributions;

namespace SaeKernels.Data;

/// <summary>
/// Draws with the probability Φ(z), almost always without computing Φ: a table bounds it from both sides.
/// </summary>
internal static class NormalTable
{
    private const double Least = -8;
    private const double Greatest = 8;
    private const int StepsOfOne = 16;
    private const int Count = (int)((Greatest - Least) * StepsOfOne) + 2;

    // Entry i is Φ of Least + i / StepsOfOne; the last one is 1, whatever z is.
    private static readonly double[] Probabilities = MakeProbabilities();
    private static readonly double[] Hazards = Array.ConvertAll(Probabilities, p => -Math.Log(1 - p));

    /// <summary>The entry whose probability is at least Φ(z).</summary>
    public static int AtLeast(float z)
    {
        double place = Math.Ceiling((z - Least) * StepsOfOne);
        return (int)Math.Clamp(place, 0, Count - 1);
    }

    /// <summary>An entry's probability q.</summary>
    public static double ProbabilityOf(int entry) => Probabilities[entry];

    /// <summary>−ln(1 − q): with an exponential draw E, ⌊E / hazard⌋ is a count of failures before a success.</summary>
    public static double HazardOf(int entry) => Hazards[entry];

    /// <summary>Whether a draw of U(0, 1) is below Φ(z).</summary>
    public static bool IsBelow(double uniform, float z)
    {
        int entry = AtLeast(z);
        if (uniform >= Probabilities[entry])
        {
            return false;
        }

        return (entry > 0 && uniform < Probabilities[entry - 1]) || uniform < Normal.CDF(0, 1, z);
    }

    private static double[] MakeProbabilities()
    {
        double[] result = new double[Count];
        for (int i = 0; i < Count - 1; i++)
        {
            result[i] = Normal.CDF(0, 1, Least + (i / (double)StepsOfOne));
        }

        result[^1] = 1;
        return result;
    }
}
