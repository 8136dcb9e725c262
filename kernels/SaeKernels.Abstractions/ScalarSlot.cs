namespace SaeKernels.Abstractions;

/// <summary>One element of a buffer into which an operation writes a scalar, or from which it reads one.</summary>
/// <remarks>Scalars stay on the device; the host reads the whole buffer when it wants to show them.</remarks>
public readonly record struct ScalarSlot
{
    /// <summary>Names an element.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="index">The element; 0 to length − 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside the buffer.</exception>
    public ScalarSlot(RealBuffer buffer, int index)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, buffer.Length);
        this.Buffer = buffer;
        this.Index = index;
    }

    /// <summary>The buffer.</summary>
    public RealBuffer Buffer { get; }

    /// <summary>The element.</summary>
    public int Index { get; }
}
