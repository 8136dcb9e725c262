namespace SaeKernels.Abstractions;

/// <summary>An <see cref="IntBuffer"/> in the host's own memory.</summary>
public sealed unsafe class HostIntBuffer : IntBuffer
{
    private readonly NativeMemoryBlock<int> memory;

    /// <summary>Allocates zeros.</summary>
    /// <param name="name">What the buffer holds.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="ledger">Counts the buffer's bytes until it is disposed; null where nobody counts.</param>
    public HostIntBuffer(string name, long length, MemoryLedger? ledger = null)
        : base(name, length) => this.memory = new NativeMemoryBlock<int>(length, ledger);

    /// <summary>The first element.</summary>
    public int* Elements => this.memory.Elements;

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<int> source, long offset = 0)
    {
        RequireRange(offset, source.Length);
        source.CopyTo(this.memory.AsSpan(offset, source.Length));
    }

    /// <inheritdoc/>
    public override void Download(Span<int> destination, long offset = 0)
    {
        RequireRange(offset, destination.Length);
        this.memory.AsSpan(offset, destination.Length).CopyTo(destination);
    }

    /// <inheritdoc/>
    public override void Clear() => this.memory.Clear();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.memory.Dispose();
        }
    }
}
