using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Seeded samples without replacement.</summary>
internal static class RandomSubset
{
    /// <summary>Returns different numbers below a bound in ascending order, every subset equally likely.</summary>
    /// <remarks>
    /// Source: R. W. Floyd in Bentley, "Programming pearls: a sample of brilliance", CACM 30(9), 1987.
    /// </remarks>
    /// <param name="bound">One more than the largest number.</param>
    /// <param name="count">How many; at most <paramref name="bound"/>.</param>
    /// <param name="random">Where to draw from.</param>
    public static long[] Choose(long bound, int count, RandomSequence random)
    {
        HashSet<long> chosen = new(count);
        for (long last = bound - count; last < bound; last++)
        {
            long drawn = random.NextInt64(last + 1);
            if (!chosen.Add(drawn))
            {
                chosen.Add(last);
            }
        }

        long[] sorted = [.. chosen];
        Array.Sort(sorted);
        return sorted;
    }
}
