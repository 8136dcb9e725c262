using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>A histogram of the codes of each latent, zeros included, with edges that all latents share.</summary>
/// <remarks>
/// Counts are whole numbers: cuts and shards change nothing. Memory is 8 · bins bytes a latent. Figures compare only at
/// equal edges and bins.
/// </remarks>
public sealed class CodeHistograms : LatentCollector
{
    /// <summary>The number of bins of the first publication of total information.</summary>
    public const int DefaultBins = 100;

    private readonly EvenBins bins;
    private readonly long[][] counts;
    private readonly long[] active;

    /// <summary>Begins with no vectors.</summary>
    /// <param name="latents">The number of latents, DSae.</param>
    /// <param name="high">Codes are counted up to this, above 0; larger ones in the last bin.</param>
    /// <param name="bins">The number of bins; at least 1, default 100.</param>
    /// <param name="low">Codes are counted from this on, at most 0; lower ones in the first bin.</param>
    public CodeHistograms(int latents, float high, int bins = DefaultBins, float low = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(low, 0);
        this.bins = new EvenBins(low, high, bins);
        this.counts = [.. Enumerable.Range(0, latents).Select(_ => new long[bins])];
        this.active = new long[latents];
    }

    /// <summary>Takes over what was counted on a device.</summary>
    /// <param name="bins">Edges and bins.</param>
    /// <param name="rows">The vectors.</param>
    /// <param name="counts">The entries in each bin of each latent, [DSae][bins].</param>
    internal CodeHistograms(EvenBins bins, long rows, long[][] counts)
    {
        this.bins = bins;
        this.Rows = rows;
        this.counts = counts;
        this.active = [.. counts.Select(latent => latent.Sum())];
    }

    /// <summary>The lower edge of the first bin.</summary>
    public float Low => this.bins.Low;

    /// <summary>The upper edge of the last bin.</summary>
    public float High => this.bins.High;

    /// <summary>The number of bins.</summary>
    public int Bins => this.bins.Count;

    /// <summary>The vectors so far.</summary>
    public long Rows { get; private set; }

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        this.Rows += batch.Rows;
        Add(batch.Latents, batch.Values);
    }

    /// <summary>Adds codes of vectors on the host.</summary>
    /// <param name="rows">The number of vectors.</param>
    /// <param name="latents">The latent of each entry.</param>
    /// <param name="values">The activation of each entry.</param>
    public void Add(long rows, ReadOnlySpan<int> latents, ReadOnlySpan<float> values)
    {
        this.Rows += rows;
        Add(latents, values);
    }

    /// <summary>Adds what was counted in other vectors.</summary>
    /// <param name="other">The other part; not changed.</param>
    /// <exception cref="ArgumentException">It has another number of latents, other bins or another edge.</exception>
    public void Merge(CodeHistograms other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(CodeHistograms), this.active.Length, other.active.Length);
        if (this.bins != other.bins)
        {
            throw new ArgumentException(
                $"CodeHistograms: both sides must have {this.Bins} bins from {this.Low} to {this.High}, but the other "
                + $"one has {other.Bins} from {other.Low} to {other.High}. Count with the same edges.");
        }

        this.Rows += other.Rows;
        for (int latent = 0; latent < this.active.Length; latent++)
        {
            this.active[latent] += other.active[latent];
            for (int bin = 0; bin < this.Bins; bin++)
            {
                this.counts[latent][bin] += other.counts[latent][bin];
            }
        }
    }

    /// <summary>The surprisal of all codes of a latent under its own histogram, zeros included, in bits.</summary>
    /// <param name="latent">0 to DSae − 1.</param>
    public double BitsOf(int latent)
    {
        long[] all = [.. this.counts[latent]];
        all[this.bins.IndexOf(0)] += this.Rows - this.active[latent];
        return HistogramEntropy.SurprisalOf(all);
    }

    private void Add(ReadOnlySpan<int> latents, ReadOnlySpan<float> values)
    {
        for (int entry = 0; entry < latents.Length; entry++)
        {
            this.counts[latents[entry]][this.bins.IndexOf(values[entry])]++;
            this.active[latents[entry]]++;
        }
    }
}
