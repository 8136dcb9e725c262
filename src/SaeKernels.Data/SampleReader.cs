using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Reads a seeded sample of rows without replacement, in ascending order and in parts.</summary>
internal static class SampleReader
{
    private const int PartElements = 1 << 18;

    /// <summary>Reads all rows where as many are wanted as there are, else a sample.</summary>
    /// <param name="store">The store.</param>
    /// <param name="set">The rows to choose from.</param>
    /// <param name="count">How many; at most the rows of the set.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">Which of the samples of this seed.</param>
    /// <param name="take">Receives the number of the first vector of a part, and the vectors.</param>
    public static void Read(
        ActivationStore store,
        RowSet set,
        int count,
        ulong seed,
        long step,
        Action<int, Span<float>> take)
    {
        RandomSequence random = new(seed, RandomPurpose.Estimation, step);
        long[]? ordinals = count < set.Count ? RandomSubset.Choose(set.Count, count, random) : null;
        int partRows = Math.Max(1, Math.Min(count, PartElements / store.DIn));
        float[] buffer = new float[checked(partRows * store.DIn)];
        for (int first = 0; first < count; first += partRows)
        {
            Span<float> part = buffer.AsSpan(0, Math.Min(partRows, count - first) * store.DIn);
            if (ordinals is null)
            {
                set.Read(store, first, part);
            }
            else
            {
                ReadChosen(store, set, ordinals.AsSpan(first, part.Length / store.DIn), part);
            }

            take(first, part);
        }
    }

    private static void ReadChosen(ActivationStore store, RowSet set, ReadOnlySpan<long> ordinals, Span<float> part)
    {
        for (int i = 0; i < ordinals.Length;)
        {
            int run = 1;
            while (i + run < ordinals.Length && ordinals[i + run] == ordinals[i] + run)
            {
                run++;
            }

            set.Read(store, ordinals[i], part.Slice(i * store.DIn, run * store.DIn));
            i += run;
        }
    }
}
