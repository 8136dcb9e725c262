using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Counts on a device that become more while a pass goes on.</summary>
internal static class DeviceCounts
{
    private const int CopiedAtOnce = 1 << 20;

    /// <summary>Returns a longer buffer that begins with the same counts, and frees the shorter one.</summary>
    public static LongBuffer Enlarge(IComputeBackend backend, LongBuffer counts, long length)
    {
        LongBuffer longer = backend.AllocateLong(counts.Name, length);
        long[] part = new long[Math.Min(CopiedAtOnce, counts.Length)];
        for (long first = 0; first < counts.Length; first += part.Length)
        {
            Span<long> copied = part.AsSpan(0, (int)Math.Min(part.Length, counts.Length - first));
            counts.Download(copied, first);
            longer.Upload(copied, first);
        }

        counts.Dispose();
        return longer;
    }
}
