using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Counts on a device that become more while a pass goes on.</summary>
internal static class DeviceCounts
{
    private const int CopiedAtOnce = 1 << 20;

    /// <summary>Returns a longer buffer with the same counts, and frees the shorter one.</summary>
    /// <param name="backend">Owns the memory.</param>
    /// <param name="counts">The counts so far, of one group after the other.</param>
    /// <param name="length">Counts of a group in the longer buffer, which begin with those it had.</param>
    /// <param name="groups">The number of groups; default 1.</param>
    public static LongBuffer Enlarge(IComputeBackend backend, LongBuffer counts, long length, int groups = 1)
    {
        LongBuffer longer = backend.AllocateLong(counts.Name, checked(groups * length));
        long before = counts.Length / groups;
        long[] part = new long[Math.Min(CopiedAtOnce, before)];
        for (int group = 0; group < groups; group++)
        {
            for (long first = 0; first < before; first += part.Length)
            {
                Span<long> copied = part.AsSpan(0, (int)Math.Min(part.Length, before - first));
                counts.Download(copied, (group * before) + first);
                longer.Upload(copied, (group * length) + first);
            }
        }

        counts.Dispose();
        return longer;
    }
}
