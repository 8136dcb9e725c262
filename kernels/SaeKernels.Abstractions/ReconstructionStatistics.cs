namespace SaeKernels.Abstractions;

/// <summary>Sums that compare vectors with their reconstructions over all batches so far, kept by a backend.</summary>
public abstract class ReconstructionStatistics : IDisposable
{
    /// <summary>Describes statistics that have seen nothing.</summary>
    /// <param name="width">The width of the vectors; at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The width is below 1.</exception>
    protected ReconstructionStatistics(int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        this.Width = width;
    }

    /// <summary>The width of the vectors.</summary>
    public int Width { get; }

    /// <summary>Copies the sums from the device.</summary>
    public abstract ReconstructionSnapshot Read();

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    /// <param name="disposing">Whether managed members may still be used.</param>
    protected abstract void Dispose(bool disposing);
}
