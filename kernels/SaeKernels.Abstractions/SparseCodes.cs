namespace SaeKernels.Abstractions;

/// <summary>
/// The active latents of a batch in compressed sparse rows: row b owns the entries RowOffsets[b] to
/// RowOffsets[b + 1] − 1.
/// </summary>
/// <remarks>
/// Within a row, latent indices ascend. An entry with value 0 is present but not active: top-k rows have a constant
/// length and hold such entries where fewer than k pre-activations are positive.
/// </remarks>
public sealed class SparseCodes : IDisposable
{
    /// <summary>Allocates room for codes.</summary>
    /// <param name="backend">The backend that owns the memory.</param>
    /// <param name="name">What the codes are; used in messages.</param>
    /// <param name="maxRows">The most rows a batch may have; at least 1.</param>
    /// <param name="capacity">The most entries a batch may have; at least 1.</param>
    public SparseCodes(IComputeBackend backend, string name, int maxRows, int capacity)
    {
        ArgumentNullException.ThrowIfNull(backend);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxRows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        this.MaxRows = maxRows;
        this.Capacity = capacity;
        this.RowOffsets = backend.AllocateInt($"{name}.RowOffsets", maxRows + 1L);
        this.Indices = backend.AllocateInt($"{name}.Indices", capacity);
        this.Values = backend.AllocateReal($"{name}.Values", capacity);
        this.NeededEntries = backend.AllocateLong($"{name}.NeededEntries", 1);
    }

    private SparseCodes(SparseCodes entries, IntBuffer indices, RealBuffer values)
    {
        this.MaxRows = entries.MaxRows;
        this.Capacity = entries.Capacity;
        this.RowOffsets = entries.RowOffsets;
        this.Indices = indices;
        this.Values = values;
        this.NeededEntries = entries.NeededEntries;
    }

    /// <summary>The most rows a batch may have.</summary>
    public int MaxRows { get; }

    /// <summary>The most entries a batch may have.</summary>
    public int Capacity { get; }

    /// <summary>Where each row begins, and where the last one ends; at least batch + 1 elements are in use.</summary>
    public IntBuffer RowOffsets { get; }

    /// <summary>The latent of each entry, 0 to DSae − 1, ascending within a row.</summary>
    public IntBuffer Indices { get; }

    /// <summary>The activation of each entry, not negative.</summary>
    public RealBuffer Values { get; }

    /// <summary>
    /// The entries that the last operation wanted to write. Where that is more than <see cref="Capacity"/>, all rows
    /// are empty; operations that have another way for such a batch look here.
    /// </summary>
    public LongBuffer NeededEntries { get; }

    /// <summary>Returns codes with the same entries and other values.</summary>
    /// <remarks>They have no memory of their own: dispose these codes and the values, and not them.</remarks>
    /// <param name="values">The activation of each entry, [<see cref="Capacity"/>].</param>
    /// <exception cref="ArgumentException">There is room for fewer values.</exception>
    public SparseCodes WithValues(RealBuffer values)
    {
        Shape.RequireLength(nameof(SparseCodes), nameof(values), values, this.Capacity);
        return new SparseCodes(this, this.Indices, values);
    }

    /// <summary>Returns codes with the same rows and values, of other latents.</summary>
    /// <remarks>They have no memory of their own: dispose these codes and the indices, and not them.</remarks>
    /// <param name="indices">The latent of each entry, ascending within a row, [<see cref="Capacity"/>].</param>
    /// <exception cref="ArgumentException">There is room for fewer indices.</exception>
    public SparseCodes WithIndices(IntBuffer indices)
    {
        Shape.RequireLength(nameof(SparseCodes), nameof(indices), indices, this.Capacity);
        return new SparseCodes(this, indices, this.Values);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.RowOffsets.Dispose();
        this.Indices.Dispose();
        this.Values.Dispose();
        this.NeededEntries.Dispose();
    }
}
