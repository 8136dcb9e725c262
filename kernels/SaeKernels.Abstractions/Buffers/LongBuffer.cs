namespace SaeKernels.Abstractions;

/// <summary>A buffer of 64-bit integers: counts of vectors.</summary>
public abstract class LongBuffer : DeviceBuffer
{
    /// <inheritdoc/>
    protected LongBuffer(string name, long length)
        : base(name, length, sizeof(long))
    {
    }

    /// <summary>Copies numbers to the device.</summary>
    /// <param name="source">The numbers.</param>
    /// <param name="offset">The first element that is written.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the buffer.</exception>
    public abstract void Upload(ReadOnlySpan<long> source, long offset = 0);

    /// <summary>Copies numbers from the device, after the operations before it are done.</summary>
    /// <param name="destination">Receives the numbers.</param>
    /// <param name="offset">The first element that is read.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the buffer.</exception>
    public abstract void Download(Span<long> destination, long offset = 0);
}
