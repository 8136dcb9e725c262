using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Slots in page-locked memory of the host and in memory of the device, and a stream of their own for the way between:
/// a slot is sent by a thread that may wait, while kernels of another stream run.
/// </summary>
/// <remarks>
/// Whoever sends waits twice: until the kernel that last read the slot is done, by the mark behind it, and until the
/// bytes are on the device. So a kernel that is enqueued after that needs no wait on the device, which ILGPU lacks.
/// </remarks>
internal sealed class IlgpuBatchStaging : BatchStaging
{
    private readonly PageLockedArray1D<byte>[] host;
    private readonly DeviceMemory<byte>[] memory;
    private readonly ProfilingMarker?[] readMarks;
    private readonly AcceleratorStream stream;

    public IlgpuBatchStaging(
        KernelDevice device, string name, int slots, long slotLength, StagedElement element)
        : base(name, slots, slotLength, element)
    {
        this.Device = device;
        this.host = new PageLockedArray1D<byte>[slots];
        this.memory = new DeviceMemory<byte>[slots];
        this.readMarks = new ProfilingMarker?[slots];
        for (int slot = 0; slot < slots; slot++)
        {
            this.host[slot] = device.Accelerator.AllocatePageLocked1D<byte>(Math.Max(this.SlotBytes, 1));
            this.memory[slot] = new DeviceMemory<byte>(device, name, this.SlotBytes);
        }

        device.Synchronize();
        this.stream = device.Accelerator.CreateStream();
    }

    public KernelDevice Device { get; }

    public ArrayView<byte> View(int slot) => this.memory[slot].View;

    public override Span<byte> HostMemory(int slot) => this.host[slot].Span[..this.SlotBytes];

    public override void Send(int slot)
    {
        if (this.SlotBytes == 0)
        {
            return;
        }

        try
        {
            this.readMarks[slot]?.Synchronize();
            this.memory[slot].View.CopyFromPageLockedAsync(this.stream, this.host[slot]);
            this.stream.Synchronize();
        }
        catch (AcceleratorException exception)
        {
            throw new DeviceException(
                $"{this.Name}: {this.Device.Description.Id} must take {this.SlotBytes} bytes, but failed: "
                + $"{exception.Message} Look at the device's driver, or choose another device.",
                exception);
        }
    }

    /// <summary>Notes that the kernels enqueued so far are the last that read a slot.</summary>
    public void MarkRead(int slot)
    {
        this.readMarks[slot]?.Dispose();
        this.readMarks[slot] = this.Device.Stream.AddProfilingMarker();
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing || this.Device.IsDisposed)
        {
            return;
        }

        this.stream.Dispose();
        for (int slot = 0; slot < this.Slots; slot++)
        {
            this.readMarks[slot]?.Dispose();
            this.memory[slot].Dispose();
            this.host[slot].Dispose();
        }
    }
}
