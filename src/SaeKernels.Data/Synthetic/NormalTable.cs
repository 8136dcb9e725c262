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

    // Entry i is Φ of Least + i / StepsOfOne; the last one is 1, whatever z is.
    private static readonly double[] Probabilities = MakeProbabilities();
    private static readonly double[] Hazards = Array.ConvertAll(Probabilities, p => -Math.Log(1 - p));
    private static readonly uint[] Words = Array.ConvertAll(Probabilities, p => (uint)Math.Min(p * Range, Range - 1));

    /// <summary>The entry whose probability is at least Φ(z).</summary>
    public static int AtLeast(float z)
    {
        double place = Math.Ceiling((z - Least) * StepsOfOne);
        return (int)Math.Clamp(place, 0, Count - 1);
    }

    /// <summary>Entries whose probabilities are at least Φ(z), one step too high at most.</summary>
    public static Vector<int> AtLeast(Vector<float> z)
    {
        // The part of a step beyond 1 is more than the roundings before it.
        Vector<float> place = ((z - new Vector<float>((float)Least)) * StepsOfOne) + new Vector<float>(1.001f);
        return Vector.ConvertToInt32(
            Vector.Min(Vector.Max(place, Vector<float>.Zero), new Vector<float>(Count - 1)));
    }

    /// <summary>Whether 32 random bits may stand for a number below an entry's probability.</summary>
    public static bool MayBeBelow(uint word, int entry) => word <= Words[entry];

    /// <summary>Whether the number that 32 random bits stand for, (word + ½) / 2³², is below Φ(z).</summary>
    public static bool IsBelow(uint word, float z) => IsBelow((word + 0.5) / Range, z);

    /// <summary>Entries of many z, as <see cref="AtLeast(Vector{float})"/> has them.</summary>
    /// <param name="z">The z.</param>
    /// <param name="entries">Receives the entries.</param>
    public static void AtLeast(ReadOnlySpan<float> z, Span<int> entries)
    {
        int i = 0;
        for (; i <= z.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            AtLeast(new Vector<float>(z[i..])).CopyTo(entries[i..]);
        }

        for (; i < z.Length; i++)
        {
            entries[i] = AtLeast(new Vector<float>(z[i]))[0];
        }
    }

    /// <summary>An entry's probability q.</summary>
    public static double ProbabilityOf(int entry) => Probabilities[entry];

    /// <summary>−ln(1 − q): with an exponential draw E, ⌊E / hazard⌋ is a count of failures before a success.</summary>
    public static double HazardOf(int entry) => Hazards[entry];

    /// <summary>The sum of some entries' hazards; a multiple of four.</summary>
    public static double HazardOf(ReadOnlySpan<int> entries)
    {
        // Four sums: one would wait for every addition.
        double[] hazards = Hazards;
        (double sum0, double sum1, double sum2, double sum3) = (0, 0, 0, 0);
        for (int i = 0; i <= entries.Length - 4; i += 4)
        {
            sum0 += hazards[entries[i]];
            sum1 += hazards[entries[i + 1]];
            sum2 += hazards[entries[i + 2]];
            sum3 += hazards[entries[i + 3]];
        }

        return sum0 + sum1 + (sum2 + sum3);
    }

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
