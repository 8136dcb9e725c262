using ILGPU.Runtime;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>A moment on the device's clock: an event in the device's queue.</summary>
internal sealed class QueueMark(KernelDevice device) : DeviceMark
{
    private readonly ProfilingMarker marker = device.Stream.AddProfilingMarker();

    public override double SecondsSince(DeviceMark earlier) => earlier is QueueMark mark
        ? this.marker.MeasureFrom(mark.marker).TotalSeconds
        : throw new ArgumentException(
            $"QueueMark: the earlier mark must be of IlgpuBackend, but is a {earlier?.GetType().Name ?? "null"}. Pass "
            + "marks of one backend.",
            nameof(earlier));

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.marker.Dispose();
        }
    }
}
