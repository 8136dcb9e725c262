using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>32-bit integers in the memory of a device.</summary>
internal sealed class IlgpuIntBuffer : IntBuffer
{
    public IlgpuIntBuffer(KernelDevice device, string name, long length)
        : base(name, length) => this.Memory = new DeviceMemory<int>(device, name, length);

    public DeviceMemory<int> Memory { get; }

    public override void Upload(ReadOnlySpan<int> source, long offset = 0)
    {
        RequireRange(offset, source.Length);
        this.Memory.Upload(source, offset);
    }

    public override void Download(Span<int> destination, long offset = 0)
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
