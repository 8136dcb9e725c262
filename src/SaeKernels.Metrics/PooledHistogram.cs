using System.Globalization;
using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>One histogram of all entries of a matrix, and the information that it says they hold.</summary>
/// <remarks>
/// Figures of two matrices compare only where their edges and bins are the same: take the largest entry of all of them
/// for the upper edge. Source: total information, Anthropic interpretability update of May 2023.
/// </remarks>
public sealed record PooledHistogram
{
    private readonly long[] counts;

    /// <summary>Reads the counts of <c>AccumulateHistogram</c>.</summary>
    /// <param name="low">The lower edge of the first bin.</param>
    /// <param name="high">The upper edge of the last bin; above <paramref name="low"/>.</param>
    /// <param name="counts">[bins + 3]: the bins, then the entries below, above, and NaN.</param>
    /// <exception cref="ArgumentException">The edges do not ascend, or there are fewer than 4 counts.</exception>
    public PooledHistogram(float low, float high, ReadOnlySpan<long> counts)
    {
        const int Others = 3;
        if (!(low < high) || counts.Length <= Others)
        {
            throw new ArgumentException(
                $"PooledHistogram: low must be below high and counts hold at least {Others + 1} numbers, but the edges "
                + $"are {low} and {high} and counts holds {counts.Length}. Pass what AccumulateHistogram was given.");
        }

        this.Low = low;
        this.High = high;
        this.counts = counts[..^Others].ToArray();
        this.Outside = counts[^3] + counts[^2];
        this.NotNumbers = counts[^1];
    }

    /// <summary>The lower edge of the first bin.</summary>
    public float Low { get; }

    /// <summary>The upper edge of the last bin.</summary>
    public float High { get; }

    /// <summary>How many entries fell into each bin.</summary>
    public IReadOnlyList<long> Counts => this.counts;

    /// <summary>The entries below <see cref="Low"/> or above <see cref="High"/>.</summary>
    public long Outside { get; }

    /// <summary>The entries that are NaN.</summary>
    public long NotNumbers { get; }

    /// <summary>Bits an entry: 0 to log₂ of the number of bins.</summary>
    /// <remarks>
    /// NaN where nothing was counted, or where an entry is in no bin: the edges must take in all entries.
    /// </remarks>
    public double Entropy => IsComplete ? HistogramEntropy.Of(this.counts) : double.NaN;

    /// <summary>Bits of the whole matrix: entries · <see cref="Entropy"/>, and NaN where that is.</summary>
    public double TotalBits => IsComplete ? HistogramEntropy.SurprisalOf(this.counts) : double.NaN;

    private bool IsComplete => this.Outside == 0 && this.NotNumbers == 0;

    /// <summary>Joins the entries of two matrices that were counted with the same edges and bins.</summary>
    /// <param name="other">The other one; not changed.</param>
    /// <returns>A histogram of the entries of both.</returns>
    /// <exception cref="ArgumentException">It has other edges or another number of bins.</exception>
    public PooledHistogram Merge(PooledHistogram other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if ((this.Low, this.High, this.counts.Length) != (other.Low, other.High, other.counts.Length))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"PooledHistogram: both sides must have {this.counts.Length} bins from {this.Low} to {this.High}, but "
                + $"the other one has {other.counts.Length} from {other.Low} to {other.High}. Count with the same "
                + $"edges."));
        }

        return new PooledHistogram(
            this.Low,
            this.High,
            [
                .. this.counts.Zip(other.counts, (left, right) => left + right),
                0, this.Outside + other.Outside, this.NotNumbers + other.NotNumbers,
            ]);
    }

    /// <summary>Whether another histogram has the same edges, bins and counts.</summary>
    /// <param name="other">The other one.</param>
    public bool Equals(PooledHistogram? other) =>
        other is not null
        && (this.Low, this.High, this.Outside, this.NotNumbers)
            == (other.Low, other.High, other.Outside, other.NotNumbers)
        && this.counts.AsSpan().SequenceEqual(other.counts);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(this.Low, this.High, this.counts.Sum());

    /// <summary>Adds the entries of a sparse matrix that are not stored because they are 0.</summary>
    /// <param name="rows">Rows of the matrix: the vectors.</param>
    /// <param name="columns">Columns of the matrix: DSae.</param>
    /// <returns>A histogram of rows · columns entries.</returns>
    /// <exception cref="ArgumentException">
    /// 0 is outside the edges, or more entries were counted than the matrix has.
    /// </exception>
    public PooledHistogram WithZerosOf(long rows, long columns)
    {
        long stored = this.counts.Sum() + this.Outside + this.NotNumbers;
        long zeros = checked(rows * columns) - stored;
        if (zeros < 0)
        {
            throw new ArgumentException(
                $"PooledHistogram: the matrix must have at least the {stored} entries that were counted, but {rows} × "
                + $"{columns} is fewer. Pass the shape of the same matrix.");
        }

        if (this.Low > 0 || this.High < 0)
        {
            throw new ArgumentException(
                $"PooledHistogram: 0 must lie between the edges, but they are {this.Low} and {this.High}. "
                + "Count again with other edges.");
        }

        long[] all = [.. this.counts, 0, this.Outside, this.NotNumbers];
        all[new EvenBins(this.Low, this.High, this.counts.Length).IndexOf(0)] += zeros;
        return new PooledHistogram(this.Low, this.High, all);
    }
}
