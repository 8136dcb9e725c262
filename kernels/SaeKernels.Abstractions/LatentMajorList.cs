namespace SaeKernels.Abstractions;

/// <summary>
/// The active entries of a batch ordered by latent: latent j owns the entries Offsets[j] to Offsets[j + 1] − 1, by
/// ascending row.
/// </summary>
/// <remarks>
/// Entries of a second, auxiliary set of codes have the row numbers batch to 2·batch − 1. With this order each latent's
/// gradient is a sum in a fixed order by one worker: no atomics, the same bits on every run.
/// </remarks>
public sealed class LatentMajorList : IDisposable
{
    /// <summary>Allocates room for a list.</summary>
    /// <param name="backend">The backend that owns the memory.</param>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <param name="capacity">The most entries; the sum of the capacities of the codes it is built from.</param>
    public LatentMajorList(IComputeBackend backend, int latents, int capacity)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        this.Latents = latents;
        this.Capacity = capacity;
        this.Offsets = backend.AllocateInt("LatentMajorList.Offsets", latents + 1L);
        this.Rows = backend.AllocateInt("LatentMajorList.Rows", capacity);
        this.Values = backend.AllocateReal("LatentMajorList.Values", capacity);
    }

    /// <summary>The number of latents, DSae.</summary>
    public int Latents { get; }

    /// <summary>The most entries.</summary>
    public int Capacity { get; }

    /// <summary>Where each latent's entries begin, and where the last one's end; DSae + 1 elements.</summary>
    public IntBuffer Offsets { get; }

    /// <summary>The row of each entry: b for the codes, batch + b for the auxiliary codes.</summary>
    public IntBuffer Rows { get; }

    /// <summary>The activation of each entry, positive (or NaN); 0 where zeros were asked for.</summary>
    public RealBuffer Values { get; }

    /// <summary>
    /// Returns a list with room for some entries: the one that is there, or a larger one in its place.
    /// </summary>
    /// <param name="list">The list that is there; null before the first.</param>
    /// <param name="backend">The backend that owns the memory.</param>
    /// <param name="latents">The number of latents, DSae, as ever.</param>
    /// <param name="capacity">The entries there must be room for.</param>
    public static LatentMajorList WithRoom(
        ref LatentMajorList? list, IComputeBackend backend, int latents, int capacity)
    {
        if (list is null || list.Capacity < capacity)
        {
            list?.Dispose();
            list = new LatentMajorList(backend, latents, capacity);
        }

        return list;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.Offsets.Dispose();
        this.Rows.Dispose();
        this.Values.Dispose();
    }
}
