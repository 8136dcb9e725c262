using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>64-bit integers in the memory of a device.</summary>
internal sealed class IlgpuLongBuffer : LongBuffer
{
    public IlgpuLongBuffer(KernelDevice device, string name, long length)
        : base(name, length) => this.Memory = new DeviceMemory<long>(device, name, length);

    public DeviceMemory<long> Memory { get; }

    public override void Upload(ReadOnlySpan<long> source, long offset = 0)
    {
        RequireRange(offset, source.Length);
        this.Memory.Upload(source, offset);
    }

    public override void Download(Span<long> destination, long offset = 0)
    {
        RequireRange(offset, destination.Length);
        this.Memory.Download(destination, offset);
    }

    public override void Clear() => this.Memory.Clear();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.Memory.Dispose();
        }
    }
}
