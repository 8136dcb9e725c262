namespace SaeKernels.Abstractions;

/// <summary>Memory of a device, allocated by a backend and used by that backend's operations only.</summary>
/// <remarks>Lengths and offsets are 64-bit: a weight matrix may pass 2³¹ elements. New buffers hold zeros.</remarks>
public abstract class DeviceBuffer : IDisposable
{
    /// <summary>Describes a buffer.</summary>
    /// <param name="name">What it holds; used in messages and memory tables.</param>
    /// <param name="length">The number of elements; at least 0.</param>
    /// <param name="elementSize">Bytes of one element.</param>
    protected DeviceBuffer(string name, long length, int elementSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        this.Name = name;
        this.Length = length;
        this.ElementSize = elementSize;
    }

    /// <summary>What the buffer holds; used in messages and memory tables.</summary>
    public string Name { get; }

    /// <summary>The number of elements.</summary>
    public long Length { get; }

    /// <summary>Bytes of one element.</summary>
    public int ElementSize { get; }

    /// <summary>Bytes of the whole buffer.</summary>
    public long ByteLength => this.Length * this.ElementSize;

    /// <summary>Sets every element to zero.</summary>
    public abstract void Clear();

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    /// <param name="disposing">Whether managed members may still be used.</param>
    protected abstract void Dispose(bool disposing);

    /// <summary>Throws unless a range lies inside the buffer.</summary>
    /// <param name="offset">The first element.</param>
    /// <param name="count">The number of elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the buffer.</exception>
    protected void RequireRange(long offset, long count)
    {
        if (offset < 0 || offset > this.Length - count)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset),
                $"{this.Name}: a transfer must lie inside elements 0 to {this.Length}, "
                + $"but covers {offset} to {offset + count}.");
        }
    }
}
