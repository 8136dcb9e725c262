using ILGPU;
using ILGPU.Runtime;

namespace SaeKernels.Ilgpu;

/// <summary>Zeroed memory of a device, with transfers that wait until the operations before them are done.</summary>
internal sealed class DeviceMemory<T> : IDisposable
    where T : unmanaged
{
    private readonly MemoryBuffer1D<T, Stride1D.Dense> buffer;
    private readonly long bytes;
    private bool disposed;

    public DeviceMemory(KernelDevice device, string name, long length)
    {
        this.Device = device;
        this.buffer = Allocate(device, name, length);
        this.bytes = length * Interop.SizeOf<T>();
        device.Ledger.Add(this.bytes);
        Clear();
    }

    public KernelDevice Device { get; }

    public ArrayView<T> View => this.disposed
        ? throw new ObjectDisposedException(nameof(DeviceMemory<>))
        : this.buffer.View.BaseView;

    public void Upload(ReadOnlySpan<T> source, long offset)
    {
        if (source.IsEmpty)
        {
            return;
        }

        this.buffer.View.SubView(offset, source.Length).CopyFromCPU(this.Device.Stream, source);
        this.Device.Synchronize();
    }

    public void Download(Span<T> destination, long offset)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        this.buffer.View.SubView(offset, destination.Length).CopyToCPU(this.Device.Stream, destination);
        this.Device.Synchronize();
    }

    public void Clear() => this.buffer.MemSetToZero(this.Device.Stream);

    public void Dispose()
    {
        if (!this.disposed)
        {
            this.disposed = true;
            // Operations in flight may still use the memory.
            this.Device.Synchronize();
            this.buffer.Dispose();
            this.Device.Ledger.Remove(this.bytes);
        }
    }

    private static MemoryBuffer1D<T, Stride1D.Dense> Allocate(KernelDevice device, string name, long length)
    {
        try
        {
            // Devices do not hand out empty memory.
            return device.Accelerator.Allocate1D<T>(Math.Max(length, 1));
        }
        catch (Exception exception)
            when (exception is AcceleratorException or OutOfMemoryException or OverflowException)
        {
            throw new InsufficientMemoryException(
                $"{name}: needs {length * Interop.SizeOf<T>()} bytes on {device.Description.Id}, which has "
                + $"{device.Description.MemoryBytes} in all, {device.Ledger.Bytes} of them in use by this backend. "
                + "Use fewer latents, a smaller batch, or another device.",
                exception);
        }
    }
}
