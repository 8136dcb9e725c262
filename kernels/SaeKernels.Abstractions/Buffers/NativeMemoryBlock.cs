using System.Runtime.InteropServices;

namespace SaeKernels.Abstractions;

/// <summary>Zeroed native memory aligned to 64 bytes, with a 64-bit length.</summary>
/// <typeparam name="T">The element type.</typeparam>
public sealed unsafe class NativeMemoryBlock<T> : IDisposable
    where T : unmanaged
{
    private const nuint Alignment = 64;
    private readonly MemoryLedger? ledger;
    private T* pointer;

    /// <summary>Allocates a block.</summary>
    /// <param name="length">The number of elements; at least 0.</param>
    /// <param name="ledger">Counts the block's bytes until it is freed; null where nobody counts.</param>
    /// <exception cref="OutOfMemoryException">The system has not that much memory.</exception>
    public NativeMemoryBlock(long length, MemoryLedger? ledger = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        this.Length = length;
        // One vector more than asked for: a kernel may load, never store, a full vector at the end.
        nuint bytes = checked(((nuint)length * (nuint)sizeof(T)) + Alignment);
        bool isLarge = LargePages.Suit(bytes);
        this.pointer = (T*)NativeMemory.AlignedAlloc(bytes, isLarge ? LargePages.Size : Alignment);
        if (isLarge)
        {
            LargePages.Ask(this.pointer, bytes);
        }

        NativeMemory.Clear(this.pointer, bytes);
        GC.AddMemoryPressure((long)bytes);
        this.ledger = ledger;
        ledger?.Add(length * sizeof(T));
    }

    /// <summary>Frees a block that was not disposed.</summary>
    ~NativeMemoryBlock() => Free();

    /// <summary>The number of elements.</summary>
    public long Length { get; }

    /// <summary>The first element.</summary>
    /// <exception cref="ObjectDisposedException">The block was disposed.</exception>
    public T* Elements => this.pointer is not null
        ? this.pointer
        : throw new ObjectDisposedException(nameof(NativeMemoryBlock<>));

    /// <summary>A part of the block.</summary>
    /// <param name="offset">The first element.</param>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside the block.</exception>
    public Span<T> AsSpan(long offset, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, this.Length - count);
        return new Span<T>(this.Elements + offset, count);
    }

    /// <summary>Sets every element to zero.</summary>
    public void Clear() => NativeMemory.Clear(this.Elements, (nuint)this.Length * (nuint)sizeof(T));

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (this.pointer is not null)
        {
            NativeMemory.AlignedFree(this.pointer);
            this.pointer = null;
            GC.RemoveMemoryPressure((this.Length * sizeof(T)) + (long)Alignment);
            this.ledger?.Remove(this.Length * sizeof(T));
        }
    }
}
