using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Counts <see cref="CodeHistograms"/> on the device.</summary>
public sealed class CodeHistogramCounter : LatentCounter
{
    private readonly EvenCounts counts;
    private readonly EvenBins bins;
    private long rows;

    /// <summary>Begins with no vectors.</summary>
    /// <param name="backend">The backend that counts; the caller disposes it.</param>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <param name="high">Codes are counted from 0 up to this, above 0; larger ones in the last bin.</param>
    /// <param name="bins">The number of bins; at least 1, default 100.</param>
    public CodeHistogramCounter(
        IComputeBackend backend, int latents, float high, int bins = CodeHistograms.DefaultBins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, 0);
        this.bins = new EvenBins(0, high, bins);
        this.counts = new EvenCounts(backend, [.. Enumerable.Repeat(this.bins, latents)]);
    }

    /// <inheritdoc/>
    public override void Add(in DeviceBatch batch)
    {
        this.rows += batch.Rows;
        this.counts.Add(batch.Codes, batch.Rows);
    }

    /// <summary>Reads what was counted.</summary>
    public CodeHistograms Read() => new(this.bins, this.rows, this.counts.ReadLatents());

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => this.counts.Dispose();
}
