namespace SaeKernels.Abstractions;

/// <summary>Statistics of each latent's activations over all batches so far, kept on the device.</summary>
public abstract class LatentStatistics : IDisposable
{
    /// <summary>Describes statistics that have seen nothing.</summary>
    /// <param name="layout">What is kept of each latent.</param>
    /// <exception cref="ArgumentException">The layout is faulty.</exception>
    protected LatentStatistics(LatentStatisticsLayout layout)
    {
        ArgumentNullException.ThrowIfNull(layout);
        layout.Validate();
        this.Layout = layout;
    }

    /// <summary>What is kept of each latent.</summary>
    public LatentStatisticsLayout Layout { get; }

    /// <summary>The number of latents, DSae.</summary>
    public int Latents => this.Layout.Latents;

    /// <summary>Copies the statistics from the device.</summary>
    public abstract LatentStatisticsSnapshot Read();

    /// <summary>Copies the extremes of all activations so far from the device.</summary>
    /// <param name="minima">
    /// Receives the smallest activation of each latent, ∞ where it was never active; [DSae].
    /// </param>
    /// <param name="maxima">Receives the largest, 0 where it was never active; [DSae].</param>
    public abstract void ReadExtremes(Span<float> minima, Span<float> maxima);

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

/// <summary>Shorter ways to make statistics.</summary>
public static class LatentStatisticsExtensions
{
    /// <summary>Makes empty statistics without linear bins.</summary>
    /// <param name="backend">The backend that will accumulate.</param>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <exception cref="ArgumentException">There are too few latents, or too many.</exception>
    public static LatentStatistics CreateLatentStatistics(this IComputeBackend backend, int latents)
    {
        ArgumentNullException.ThrowIfNull(backend);
        return backend.CreateLatentStatistics(new LatentStatisticsLayout { Latents = latents });
    }
}
