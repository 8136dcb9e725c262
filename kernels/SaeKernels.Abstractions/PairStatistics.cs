namespace SaeKernels.Abstractions;

/// <summary>Which pairs of latents <see cref="PairStatistics"/> keeps sums of.</summary>
/// <param name="Latents">The latents of the first codes; at least 1.</param>
/// <param name="From">The first of them that is looked at, 0 to Latents − 1.</param>
/// <param name="Count">How many of them from there on are looked at; at least 1.</param>
/// <param name="Others">The latents of the other codes, all of which are looked at; at least 1.</param>
public readonly record struct PairLayout(int Latents, int From, int Count, int Others)
{
    /// <summary>The number of pairs.</summary>
    public long Pairs => (long)this.Count * this.Others;

    /// <summary>Throws where the numbers cannot be.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such latent.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(this.Others, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(this.Count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(this.From);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(this.From, this.Latents - this.Count);
    }
}

/// <summary>
/// Sums over the rows in which a latent of one model and one of another are active together, over all batches so far,
/// kept by a backend.
/// </summary>
public abstract class PairStatistics : IDisposable
{
    /// <summary>Describes statistics that have seen nothing.</summary>
    /// <param name="layout">Which pairs.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no such pairs.</exception>
    protected PairStatistics(PairLayout layout)
    {
        layout.Validate();
        this.Layout = layout;
    }

    /// <summary>Which pairs.</summary>
    public PairLayout Layout { get; }

    /// <summary>Copies sums from the device.</summary>
    /// <param name="first">The first latent whose pairs are wanted, counted from that of the layout.</param>
    /// <param name="count">How many latents from there on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The layout has no such latents.</exception>
    public PairSnapshot Read(int first, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, this.Layout.Count - count);
        PairSnapshot snapshot = new(count, this.Layout.Others);
        ReadTo(snapshot, first);
        return snapshot;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Copies the sums of as many latents as a snapshot has.</summary>
    /// <param name="snapshot">Receives them.</param>
    /// <param name="first">The first latent, counted from that of the layout.</param>
    protected abstract void ReadTo(PairSnapshot snapshot, int first);

    /// <summary>Frees the memory.</summary>
    /// <param name="disposing">Whether managed members may still be used.</param>
    protected abstract void Dispose(bool disposing);
}
