namespace SaeKernels.Metrics;

/// <summary>Counts something about latents on the device that encodes, batch after batch.</summary>
/// <remarks>
/// Counts are whole numbers: batches of any size, in any order, on any backend, give the same ones. Each counter reads
/// what it has counted as a figure on the host that can be merged with others.
/// </remarks>
public abstract class LatentCounter : IDisposable
{
    /// <summary>Counts a batch.</summary>
    /// <param name="batch">The batch; nothing of it may be kept.</param>
    public abstract void Add(in DeviceBatch batch);

    /// <summary>Frees the memory on the device.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory on the device.</summary>
    /// <param name="disposing">Whether managed members may still be used.</param>
    protected abstract void Dispose(bool disposing);
}
