using System.Globalization;
using SaeKernels.Metrics;

namespace SaeKernels.Factorization;

/// <summary>
/// What vectors take themselves where each element is rounded to bins of one width and coded with the frequencies of
/// its own coordinate: the baseline of a code with the same error. Parts over different rows can be merged.
/// </summary>
/// <remarks>Counts are whole numbers: parts and their order change nothing.</remarks>
public sealed class DenseLength
{
    private const int RowsAtOnce = 1024;

    // 48 bytes each in a dictionary: 400 MB. With more, rounding is too fine for frequencies to mean anything.
    private const int MostBins = 1 << 23;
    private readonly Dictionary<double, long>[] counts;
    private bool isTooFine;

    private DenseLength(int width, double mse)
    {
        this.BinWidth = Math.Sqrt(12 * mse / width);
        this.counts = [.. Enumerable.Range(0, width).Select(_ => new Dictionary<double, long>())];
        this.isTooFine = !(this.BinWidth > 0);
    }

    /// <summary>How wide the bins are: √(12 · mse / width).</summary>
    public double BinWidth { get; }

    /// <summary>
    /// Bits a vector; NaN without a vector, where the error is not above 0, or where more than 2²³ bins would be in
    /// use.
    /// </summary>
    public double BitsPerVector => this.isTooFine
        ? double.NaN
        : this.counts.Sum(own => HistogramEntropy.Of([.. own.OrderBy(bin => bin.Key).Select(bin => bin.Value)]));

    /// <summary>Goes once over consecutive vectors.</summary>
    /// <param name="vectors">The vectors.</param>
    /// <param name="mse">The mean of ‖error‖² that rounding may make.</param>
    /// <param name="range">First vector and number of vectors, which may be 0; null for all.</param>
    /// <param name="progress">Told how many vectors are done; null for nobody.</param>
    public static DenseLength Measure(
        VectorSource vectors, double mse, (long First, long Rows)? range = null, IProgress<long>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        DenseLength result = new(vectors.DIn, mse);
        (long start, long all) = range ?? (0, vectors.Count);
        float[] rows = new float[RowsAtOnce * vectors.DIn];
        for (long done = 0; done < all && !result.isTooFine; done += RowsAtOnce)
        {
            int count = (int)Math.Min(RowsAtOnce, all - done);
            vectors.Read(start + done, rows.AsSpan(0, count * vectors.DIn));
            result.Add(rows.AsMemory(0, count * vectors.DIn));
            progress?.Report(done + count);
        }

        return result;
    }

    /// <summary>Adds what was counted in other vectors.</summary>
    /// <param name="other">The other part; not changed.</param>
    /// <exception cref="ArgumentException">Its vectors or its bins have another width.</exception>
    public void Merge(DenseLength other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (this.counts.Length != other.counts.Length || !this.BinWidth.Equals(other.BinWidth))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"DenseLength: both sides must be of vectors of width {this.counts.Length} in bins of "
                + $"{this.BinWidth}, but the other one is of width {other.counts.Length} in bins of {other.BinWidth}. "
                + $"Measure both with the error of the whole data."));
        }

        this.isTooFine |= other.isTooFine;
        Parallel.For(0, this.counts.Length, d =>
        {
            foreach ((double bin, long count) in other.counts[d])
            {
                Add(this.counts[d], bin, count);
            }
        });
        EndIfTooFine();
    }

    private static void Add(Dictionary<double, long> counts, double bin, long count) =>
        counts[bin] = counts.GetValueOrDefault(bin) + count;

    private void Add(ReadOnlyMemory<float> rows)
    {
        Parallel.For(0, this.counts.Length, d =>
        {
            ReadOnlySpan<float> elements = rows.Span;
            for (int place = d; place < elements.Length; place += this.counts.Length)
            {
                Add(this.counts[d], Math.Floor(elements[place] / this.BinWidth), 1);
            }
        });
        EndIfTooFine();
    }

    private void EndIfTooFine()
    {
        this.isTooFine |= this.counts.Sum(own => (long)own.Count) > MostBins;
        if (this.isTooFine)
        {
            Array.ForEach(this.counts, own => own.Clear());
        }
    }
}
