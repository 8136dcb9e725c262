using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>
/// What vectors take themselves where each element is rounded to bins of one width and coded with the frequencies of
/// its own coordinate: the baseline of a code with the same error.
/// </summary>
public static class DenseLength
{
    private const int RowsAtOnce = 1024;

    // 48 bytes each in a dictionary: 400 MB. With more, rounding is too fine for frequencies to mean anything.
    private const int MostBins = 1 << 23;

    /// <summary>Goes once over vectors.</summary>
    /// <param name="vectors">The vectors; at least one.</param>
    /// <param name="mse">
    /// The mean of ‖error‖² that rounding may make; the bins are √(12 · mse / width) wide.
    /// </param>
    /// <param name="progress">Told how many vectors are done; null for nobody.</param>
    /// <returns>
    /// Bits a vector; NaN where <paramref name="mse"/> is not above 0 or more than 2²³ bins would be in use.
    /// </returns>
    public static double Measure(VectorSource vectors, double mse, IProgress<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        double width = Math.Sqrt(12 * mse / vectors.DIn);
        if (!(width > 0))
        {
            return double.NaN;
        }

        Dictionary<double, long>[] counts =
            [.. Enumerable.Range(0, vectors.DIn).Select(_ => new Dictionary<double, long>())];
        float[] rows = new float[RowsAtOnce * vectors.DIn];
        for (long first = 0; first < vectors.Count; first += RowsAtOnce)
        {
            int count = (int)Math.Min(RowsAtOnce, vectors.Count - first);
            vectors.Read(first, rows.AsSpan(0, count * vectors.DIn));
            Add(counts, rows.AsMemory(0, count * vectors.DIn), width);
            if (counts.Sum(own => (long)own.Count) > MostBins)
            {
                return double.NaN;
            }

            progress?.Report(first + count);
        }

        return counts.Sum(own => HistogramEntropy.Of([.. own.OrderBy(bin => bin.Key).Select(bin => bin.Value)]));
    }

    private static void Add(Dictionary<double, long>[] counts, ReadOnlyMemory<float> rows, double width) =>
        Parallel.For(0, counts.Length, d =>
        {
            ReadOnlySpan<float> elements = rows.Span;
            Dictionary<double, long> own = counts[d];
            for (int place = d; place < elements.Length; place += counts.Length)
            {
                double bin = Math.Floor(elements[place] / width);
                own[bin] = own.GetValueOrDefault(bin) + 1;
            }
        });
}
