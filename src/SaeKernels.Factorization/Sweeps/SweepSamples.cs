using SaeKernels.Data;
using SaeKernels.Numerics;

namespace SaeKernels.Factorization;

/// <summary>Which vectors each repeat of a sweep measures.</summary>
internal static class SweepSamples
{
    /// <summary>
    /// Returns a sample for each repeat. Where there are enough vectors no two repeats share one; otherwise each repeat
    /// has a sample of its own from all.
    /// </summary>
    /// <param name="rows">The vectors there are; at least 2.</param>
    /// <param name="options">How many repeats, of how many vectors.</param>
    public static RowSet[] Choose(long rows, SweepOptions options)
    {
        int samples = (int)Math.Min(options.Samples, rows);
        if (AreDisjoint(rows, options))
        {
            RandomSequence random = new(options.Seed, RandomPurpose.Estimation);
            long[] chosen = Choose(rows, samples * options.Seeds, ref random);
            random.Shuffle<long>(chosen);
            return [.. chosen.Chunk(samples).Select(Rows)];
        }

        RowSet[] result = new RowSet[options.Seeds];
        for (int seed = 0; seed < result.Length; seed++)
        {
            RandomSequence random = new(options.Seed, RandomPurpose.Estimation, seed);
            result[seed] = Rows(Choose(rows, samples, ref random));
        }

        return result;
    }

    /// <summary>Whether there are enough vectors for repeats that share none.</summary>
    public static bool AreDisjoint(long rows, SweepOptions options) =>
        rows >= (long)options.Seeds * options.Samples && (long)options.Seeds * options.Samples <= Array.MaxLength;

    /// <summary>Reads the vectors of a repeat.</summary>
    public static RowMatrix Read(ActivationStore store, RowSet rows)
    {
        float[] elements = new float[checked(rows.Count * store.DIn)];
        rows.Read(store, 0, elements);
        return new RowMatrix(elements, store.DIn);
    }

    /// <summary>The mean over vectors of the squared distance from their mean.</summary>
    public static double VarianceOf(RowMatrix vectors)
    {
        double[] mean = new double[vectors.Width];
        for (int i = 0; i < vectors.Elements.Length; i++)
        {
            mean[i % vectors.Width] += (double)vectors.Elements[i] / vectors.Rows;
        }

        CompensatedSum sum = default;
        for (int i = 0; i < vectors.Elements.Length; i++)
        {
            double difference = vectors.Elements[i] - mean[i % vectors.Width];
            sum.Add(difference * difference);
        }

        return sum.Value / vectors.Rows;
    }

    private static RowSet Rows(long[] chosen) => new(chosen.Order().Select(row => new RowRange(row, 1)));

    /// <summary>Different numbers below a bound, every subset equally likely (Floyd, CACM 30(9), 1987).</summary>
    private static long[] Choose(long bound, int count, ref RandomSequence random)
    {
        SortedSet<long> chosen = [];
        for (long last = bound - count; last < bound; last++)
        {
            long drawn = random.NextInt64(last + 1);
            _ = chosen.Add(chosen.Contains(drawn) ? last : drawn);
        }

        return [.. chosen];
    }
}
