using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>Float32 numbers in the memory of a device.</summary>
internal sealed class IlgpuRealBuffer : RealBuffer
{
    private const int ConvertedAtOnce = 1 << 14;

    public IlgpuRealBuffer(KernelDevice device, string name, long length)
        : base(name, length, sizeof(float)) => this.Memory = new DeviceMemory<float>(device, name, length);

    public DeviceMemory<float> Memory { get; }

    /// <summary>Grows whenever the numbers may have changed: what was made of them is out of date then.</summary>
    public long Version { get; private set; }

    /// <summary>Says that the numbers may have changed.</summary>
    public void MarkChanged() => this.Version++;

    public override void Upload(ReadOnlySpan<float> source, long offset = 0)
    {
        RequireRange(offset, source.Length);
        MarkChanged();
        this.Memory.Upload(source, offset);
    }

    public override void Upload(ReadOnlySpan<double> source, long offset = 0)
    {
        RequireRange(offset, source.Length);
        MarkChanged();
        float[] part = new float[Math.Min(source.Length, ConvertedAtOnce)];
        for (int start = 0; start < source.Length; start += ConvertedAtOnce)
        {
            int count = Math.Min(ConvertedAtOnce, source.Length - start);
            for (int i = 0; i < count; i++)
            {
                part[i] = (float)source[start + i];
            }

            this.Memory.Upload(part.AsSpan(0, count), offset + start);
        }
    }

    public override void Download(Span<float> destination, long offset = 0)
    {
        RequireRange(offset, destination.Length);
        this.Memory.Download(destination, offset);
    }

    public override void Download(Span<double> destination, long offset = 0)
    {
        RequireRange(offset, destination.Length);
        float[] part = new float[Math.Min(destination.Length, ConvertedAtOnce)];
        for (int start = 0; start < destination.Length; start += ConvertedAtOnce)
        {
            int count = Math.Min(ConvertedAtOnce, destination.Length - start);
            this.Memory.Download(part.AsSpan(0, count), offset + start);
            for (int i = 0; i < count; i++)
            {
                destination[start + i] = part[i];
            }
        }
    }

    public override void Clear()
    {
        MarkChanged();
        this.Memory.Clear();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.Memory.Dispose();
        }
    }
}
