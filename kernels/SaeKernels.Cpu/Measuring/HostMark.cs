using System.Diagnostics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>A moment on the host's clock: operations of this backend are done when their call returns.</summary>
internal sealed class HostMark : DeviceMark
{
    private readonly long timestamp = Stopwatch.GetTimestamp();

    /// <inheritdoc/>
    public override double SecondsSince(DeviceMark earlier) => earlier is HostMark mark
        ? Stopwatch.GetElapsedTime(mark.timestamp, this.timestamp).TotalSeconds
        : throw new ArgumentException(
            $"HostMark: the earlier mark must be of CpuBackend, but is a {earlier?.GetType().Name ?? "null"}. Pass "
            + "marks of one backend.",
            nameof(earlier));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        // A number needs no freeing.
    }
}
