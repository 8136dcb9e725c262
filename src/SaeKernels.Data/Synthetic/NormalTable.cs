using System.Numerics;
using MathNet.Numerics.Distributions;

namespace SaeKernels.Data;

/// <summary>
/// Draws with the probability Φ(z), almost always without computing Φ: a table bounds it from both sides.
/// </summary>
internal static class NormalTable
{
    private const double Least = -8;
    private const double Greatest = 8;
    private const double Range = 1L << 32;
    private const int StepsOfOne = 64;
    private const int Count = (int)((Greatest - Least) * StepsOfOne) + 2;

    // More than any exponential draw, whose uniform number is at least 2⁻⁵³: it stands for the hazard of certainty.
    private const double Certain = 40;

    // Entry i is Φ of Least + i / StepsOfOne; the last one is 1, whatever z is.
    private static readonly double[] Probabilities = MakeProbabilities();
    private static readonly double[] Hazards =
        Array.ConvertAll(Probabilities, p => p < 1 ? Math.Min(-Math.Log(1 - p), Certain) : Certain);
    private static readonly (uint Sure, uint Most)[] Words = MakeWords();

    /// <summary>Entries whose probabilities are at least Φ(z), one step too high at most.</summary>
    public static Vector<int> AtLeast(Vector<float> z)
    {
        // The part of a step beyond 1 is more than the roundings before it.
        Vector<float> place = ((z - new Vector<float>((float)Least)) * StepsOfOne) + new Vector<float>(1.001f);
        return Vector.ConvertToInt32(
            Vector.Min(Vector.Max(place, Vector<float>.Zero), new Vector<float>(Count - 1)));
    }

    /// <summary>
    /// 32 random bits stand for a number below Φ(z) where they are less than the first of an entry's two, for one above
    /// it where they are more than the second; in between <see cref="IsBelow"/> tells.
    /// </summary>
    public static (uint Sure, uint Most) WordsOf(int entry) => Words[entry];

    /// <summary>Whether the number that 32 random bits stand for, (word + ½) / 2³², is below Φ(z).</summary>
    public static bool IsBelow(uint word, float z)
    {
        double uniform = (word + 0.5) / Range;
        int entry = AtLeast(z);
        if (uniform >= Probabilities[entry])
        {
            return false;
        }

        return (entry > 0 && uniform < Probabilities[entry - 1]) || uniform < Normal.CDF(0, 1, z);
    }

    /// <summary>
    /// Whether a point of a Poisson process of rate 1 lies below the hazard −ln(1 − Φ(z)): that long an interval has a
    /// point with the probability Φ(z).
    /// </summary>
    public static bool IsBelowHazard(double point, float z)
    {
        int entry = AtLeast(z);
        if (point >= Hazards[entry])
        {
            return false;
        }

        return (entry > 0 && point < Hazards[entry - 1]) || Math.Exp(-point) > Normal.CDF(0, 1, -z);
    }

    private static int AtLeast(float z)
    {
        double place = Math.Ceiling((z - Least) * StepsOfOne);
        return (int)Math.Clamp(place, 0, Count - 1);
    }

    private static (uint Sure, uint Most)[] MakeWords()
    {
        uint[] words = Array.ConvertAll(Probabilities, p => (uint)Math.Min(p * Range, Range - 1));
        // An entry may be a step too high: the one before it may still be above z, the second one before is not.
        return [.. words.Select((most, entry) => (entry < 2 ? 0 : words[entry - 2], most))];
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
