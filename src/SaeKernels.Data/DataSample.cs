namespace SaeKernels.Data;

/// <summary>Samples of vectors, for the initial values of a model.</summary>
public static class DataSample
{
    /// <summary>Reads a seeded sample of rows without replacement, every subset equally likely.</summary>
    /// <param name="store">The store.</param>
    /// <param name="rows">The rows to choose from.</param>
    /// <param name="count">How many; 0 to the number of rows.</param>
    /// <param name="seed">The run's seed.</param>
    /// <returns>The vectors as stored, in ascending order of their rows, [count, DIn] row-major.</returns>
    /// <exception cref="ArgumentException">There are fewer rows, or the vectors do not fit one array.</exception>
    /// <exception cref="InvalidDataException">An element is NaN or infinite, or a file became shorter.</exception>
    public static float[] Read(ActivationStore store, RowSet rows, int count, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(rows);
        if (count < 0 || count > rows.Count || (long)count * store.DIn > Array.MaxLength)
        {
            throw new ArgumentException(
                $"DataSample: count must be between 0 and the {rows.Count} rows, with at most {Array.MaxLength} "
                + $"elements in all, but is {count} vectors of {store.DIn}. Lower count.");
        }

        float[] sample = new float[count * store.DIn];
        SampleReader.Read(
            store,
            rows,
            count,
            seed,
            step: 1,
            (first, part) => part.CopyTo(sample.AsSpan(first * store.DIn)));
        return sample;
    }

    /// <summary>Visits another seeded sample in parts, so that it may be larger than memory.</summary>
    /// <param name="store">The store.</param>
    /// <param name="rows">The rows to choose from.</param>
    /// <param name="count">How many; at most the number of rows.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">Which of the samples of this seed; at least 2.</param>
    /// <param name="take">
    /// Receives the number of a part's first vector in the sample, and whole vectors as stored, which it may change.
    /// </param>
    /// <exception cref="ArgumentException">There are fewer rows, or the step is below 2.</exception>
    /// <exception cref="InvalidDataException">An element is NaN or infinite, or a file became shorter.</exception>
    public static void Visit(
        ActivationStore store, RowSet rows, int count, ulong seed, long step, Action<int, Span<float>> take)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentOutOfRangeException.ThrowIfLessThan(step, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, rows.Count);
        SampleReader.Read(store, rows, count, seed, step, take);
    }
}
