using System.Numerics;

namespace SaeKernels.Abstractions;

/// <summary>A <see cref="RealBuffer"/> in the host's own memory.</summary>
/// <typeparam name="T">How a number is stored: <see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe class HostRealBuffer<T> : RealBuffer
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly NativeMemoryBlock<T> memory;

    /// <summary>Allocates zeros.</summary>
    /// <param name="name">What the buffer holds.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="ledger">Counts the buffer's bytes until it is disposed; null where nobody counts.</param>
    public HostRealBuffer(string name, long length, MemoryLedger? ledger = null)
        : base(name, length, sizeof(T)) => this.memory = new NativeMemoryBlock<T>(length, ledger);

    /// <summary>The first element. Whoever writes through it calls <see cref="MarkChanged"/>.</summary>
    public T* Elements => this.memory.Elements;

    /// <summary>Counts what may have changed the elements: what is computed from them holds while it stays.</summary>
    public long Version { get; private set; }

    /// <summary>Says that the elements may be others from now on.</summary>
    public void MarkChanged() => this.Version++;

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<float> source, long offset = 0) => Write(source, offset);

    /// <inheritdoc/>
    public override void Upload(ReadOnlySpan<double> source, long offset = 0) => Write(source, offset);

    /// <inheritdoc/>
    public override void Download(Span<float> destination, long offset = 0) => Read(destination, offset);

    /// <inheritdoc/>
    public override void Download(Span<double> destination, long offset = 0) => Read(destination, offset);

    /// <inheritdoc/>
    public override void Clear()
    {
        MarkChanged();
        this.memory.Clear();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.memory.Dispose();
        }
    }

    private void Write<TSource>(ReadOnlySpan<TSource> source, long offset)
        where TSource : unmanaged, IFloatingPointIeee754<TSource>
    {
        RequireRange(offset, source.Length);
        MarkChanged();
        T* target = this.Elements + offset;
        if (typeof(TSource) == typeof(T))
        {
            source.CopyTo(new Span<TSource>(target, source.Length));
            return;
        }

        for (int i = 0; i < source.Length; i++)
        {
            target[i] = T.CreateTruncating(source[i]);
        }
    }

    private void Read<TTarget>(Span<TTarget> destination, long offset)
        where TTarget : unmanaged, IFloatingPointIeee754<TTarget>
    {
        RequireRange(offset, destination.Length);
        T* source = this.Elements + offset;
        if (typeof(TTarget) == typeof(T))
        {
            new ReadOnlySpan<TTarget>(source, destination.Length).CopyTo(destination);
            return;
        }

        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = TTarget.CreateTruncating(source[i]);
        }
    }
}
