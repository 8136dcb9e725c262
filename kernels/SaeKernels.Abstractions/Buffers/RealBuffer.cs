namespace SaeKernels.Abstractions;

/// <summary>
/// A buffer of real numbers: float32 in every backend, except in the reference backend opened in double precision.
/// </summary>
/// <remarks>
/// Transfers convert to and from the stored precision; they wait until the operations before them are done.
/// </remarks>
public abstract class RealBuffer : DeviceBuffer
{
    /// <inheritdoc/>
    protected RealBuffer(string name, long length, int elementSize)
        : base(name, length, elementSize)
    {
    }

    /// <summary>Copies numbers to the device.</summary>
    /// <param name="source">The numbers.</param>
    /// <param name="offset">The first element that is written.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the buffer.</exception>
    public abstract void Upload(ReadOnlySpan<float> source, long offset = 0);

    /// <inheritdoc cref="Upload(ReadOnlySpan{float}, long)"/>
    public abstract void Upload(ReadOnlySpan<double> source, long offset = 0);

    /// <summary>Copies numbers from the device.</summary>
    /// <param name="destination">Receives the numbers.</param>
    /// <param name="offset">The first element that is read.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the buffer.</exception>
    public abstract void Download(Span<float> destination, long offset = 0);

    /// <inheritdoc cref="Download(Span{float}, long)"/>
    public abstract void Download(Span<double> destination, long offset = 0);
}
