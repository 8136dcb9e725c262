using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Counts <see cref="QuantileBins"/> on the device.</summary>
/// <remarks>
/// Memory on the device is 1 KiB a latent and 512 bytes a factor of two of a latent, with room for half as many more;
/// on the host 1 KiB a latent.
/// </remarks>
public sealed class QuantileCounter : LatentCounter
{
    private readonly FineCounts counts;
    private readonly int latents;

    /// <summary>Begins with nothing counted.</summary>
    /// <param name="backend">The backend that counts; the caller disposes it.</param>
    /// <param name="statistics">
    /// Statistics without any batch, which every batch is added to before it is counted; the caller disposes them.
    /// </param>
    public QuantileCounter(IComputeBackend backend, LatentStatistics statistics)
    {
        this.counts = new FineCounts(backend, statistics);
        this.latents = statistics.Latents;
    }

    /// <inheritdoc/>
    public override void Add(in DeviceBatch batch) => this.counts.Add(batch.Codes, batch.Rows);

    /// <summary>Reads what was counted.</summary>
    public QuantileBins Read()
    {
        QuantileBins result = new(this.latents);
        this.counts.AddTo(0, result);
        return result;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => this.counts.Dispose();
}
