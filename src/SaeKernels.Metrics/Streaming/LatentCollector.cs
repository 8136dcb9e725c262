namespace SaeKernels.Metrics;

/// <summary>Gathers something about latents from batches, in memory that does not grow with the data.</summary>
/// <remarks>
/// <para>What a collector says does not depend on where the data was cut into batches. Collectors of one kind that saw
/// different rows are joined by their Merge; counts and chosen examples are then exactly those of one pass, sums agree
/// up to float64 rounding.</para>
/// <para>Batches come by ascending rows. Used by one thread at a time.</para>
/// </remarks>
public abstract class LatentCollector
{
    /// <summary>Whether <see cref="Add"/> needs reconstructions; false by default, since they cost a decode.</summary>
    public virtual bool NeedsReconstruction => false;

    /// <summary>Takes a batch in.</summary>
    /// <param name="batch">The batch; its spans may not be kept.</param>
    public abstract void Add(in LatentBatch batch);
}
