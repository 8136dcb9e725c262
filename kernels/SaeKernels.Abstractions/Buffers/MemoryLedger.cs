namespace SaeKernels.Abstractions;

/// <summary>Counts the bytes that a backend has allocated and not yet freed.</summary>
/// <remarks>Safe to use from several threads: a finaliser may free memory at any time.</remarks>
public sealed class MemoryLedger
{
    private long bytes;

    /// <summary>The bytes in use.</summary>
    public long Bytes => Interlocked.Read(ref this.bytes);

    /// <summary>Notes an allocation.</summary>
    /// <param name="count">Its bytes.</param>
    public void Add(long count) => Interlocked.Add(ref this.bytes, count);

    /// <summary>Notes that memory was freed.</summary>
    /// <param name="count">Its bytes.</param>
    public void Remove(long count) => Interlocked.Add(ref this.bytes, -count);
}
