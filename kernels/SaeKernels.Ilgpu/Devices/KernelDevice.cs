using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>An open device: its memory, its one stream of work, and the sizes in which work is launched.</summary>
internal sealed class KernelDevice : IDisposable
{
    /// <summary>The largest group of the row-wise kernels; their shared memory is sized for it.</summary>
    public const int MaxGroupSize = 128;

    // Group sizes are multiples of it. Devices report other widths too (PoCL 4,096), which no kernel here depends on.
    private const int Warp = 32;
    private const int SimulatorGroupSize = 32;
    private const int GroupsPerMultiprocessor = 16;
    private readonly Context context;
    private bool disposed;

    public KernelDevice(Context context, Device device, DeviceDescription description)
    {
        this.context = context;
        this.Description = description;
        try
        {
            this.Accelerator = device.CreateAccelerator(context);
        }
        catch (Exception exception)
        {
            context.Dispose();
            throw new DeviceException(
                $"{description.Id}: the device must run ILGPU kernels, but {description.Name} cannot be opened: "
                + $"{exception.Message} Update its driver, or choose another device.",
                exception);
        }

        this.Scratch = new Scratch(this);
        this.SharesTiles = Tiling.Shares(device);
    }

    public DeviceDescription Description { get; }

    public Accelerator Accelerator { get; }

    public AcceleratorStream Stream => this.Accelerator.DefaultStream;

    public MemoryLedger Ledger { get; } = new();

    public Scratch Scratch { get; }

    /// <summary>Bytes that may still be allocated; only CUDA tells what other programs use.</summary>
    public long FreeBytes
    {
        get
        {
            if (this.Accelerator is CudaAccelerator)
            {
                using ScopedAcceleratorBinding binding = this.Accelerator.BindScoped();
                CudaException.ThrowIfFailed(CudaAPI.CurrentAPI.GetMemoryInfo(out long free, out long _));
                return free;
            }

            long memory = this.IsSimulator
                ? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes
                : this.Description.MemoryBytes;
            return memory - this.Ledger.Bytes;
        }
    }

    /// <summary>Every kernel of the backend, so that all can be compiled for devices that are not there.</summary>
    public List<MethodInfo> KernelMethods { get; } = [];

    /// <summary>Whether threads are simulated: a barrier then costs microseconds for every thread.</summary>
    public bool IsSimulator => this.Accelerator.AcceleratorType == AcceleratorType.CPU;

    /// <summary>Threads of a group in the row-wise kernels; a multiple of 16.</summary>
    public int GroupSize => this.IsSimulator
        ? SimulatorGroupSize
        : Math.Min(MaxGroupSize, this.Accelerator.MaxNumThreadsPerGroup / GroupReduction.Width * GroupReduction.Width);

    /// <summary>Whether groups of threads share the tiles of pre-activations; <see cref="Tiling.Shares"/>.</summary>
    public bool SharesTiles { get; set; }

    /// <summary>Threads of a group where rows have few entries and many barriers: 1 where barriers are dear.</summary>
    public int RowGroupSize => this.SharesTiles ? this.GroupSize : 1;

    /// <summary>Groups for work that groups take in turns.</summary>
    /// <param name="work">The number of pieces of work.</param>
    public int Groups(long work) =>
        (int)Math.Min(work, (long)GroupsPerMultiprocessor * this.Accelerator.NumMultiprocessors);

    /// <summary>
    /// Groups of a given size for work that groups take in turns: as many threads as full groups have.
    /// </summary>
    public int Groups(long work, int groupSize) => (int)Math.Min(
        work, (long)GroupsPerMultiprocessor * MaxGroupSize / groupSize * this.Accelerator.NumMultiprocessors);

    /// <summary>
    /// Threads of a group that takes the packs of a row in turns: the fewest that need no more turns than a full group.
    /// </summary>
    public int GroupSizeFor(int packs)
    {
        int turns = Math.Max((packs + this.GroupSize - 1) / this.GroupSize, 1);
        int threads = Math.Max((packs + turns - 1) / turns, 1);
        return Math.Min((threads + Warp - 1) / Warp * Warp, this.GroupSize);
    }

    /// <summary>Groups for elements that threads take in turns.</summary>
    /// <param name="elements">The number of elements.</param>
    public int GroupsOfElements(long elements) => Groups((elements + this.GroupSize - 1) / this.GroupSize);

    /// <summary>The numbers of a buffer, for kernels that may change them.</summary>
    public ArrayView<float> View(RealBuffer buffer)
    {
        IlgpuRealBuffer own = Own(buffer);
        own.MarkChanged();
        return own.Memory.View;
    }

    /// <inheritdoc cref="View(RealBuffer)"/>
    public ArrayView<float> View(RealMatrix matrix) => From(matrix, View(matrix.Buffer));

    /// <summary>The numbers of a buffer, for kernels that change none: what was made of them stays valid.</summary>
    public ArrayView<float> ViewUnchanged(RealMatrix matrix) => From(matrix, Own(matrix.Buffer).Memory.View);

    /// <summary>The buffer as this device's own.</summary>
    public IlgpuRealBuffer Own(RealBuffer buffer) =>
        buffer is IlgpuRealBuffer own && own.Memory.Device == this ? own : throw Foreign(buffer);

    public ArrayView<int> View(IntBuffer buffer) =>
        buffer is IlgpuIntBuffer own && own.Memory.Device == this ? own.Memory.View : throw Foreign(buffer);

    public ArrayView<long> View(LongBuffer buffer) =>
        buffer is IlgpuLongBuffer own && own.Memory.Device == this ? own.Memory.View : throw Foreign(buffer);

    public IlgpuBatchStaging Staging(BatchStaging staging) =>
        staging is IlgpuBatchStaging own && own.Device == this ? own : throw new ArgumentException(
            $"{staging.Name}: must be staged by the backend of {this.Description.Id} that uses it, but is a "
            + $"{staging.GetType().Name} of another backend. Call CreateBatchStaging of that backend.");

    /// <summary>Whether the device was closed, and with it everything it allocated.</summary>
    public bool IsDisposed => this.disposed;

    /// <summary>How often the host has waited for the stream of work.</summary>
    public long Waits { get; private set; }

    /// <summary>Waits for the work so far; there is none on a device that was closed.</summary>
    public void Synchronize()
    {
        if (!this.disposed)
        {
            this.Waits++;
            this.Stream.Synchronize();
        }
    }

    public void Dispose()
    {
        if (this.disposed)
        {
            return;
        }

        this.Scratch.Dispose();
        this.disposed = true;
        this.Accelerator.Dispose();
        this.context.Dispose();
    }

    private static ArrayView<float> From(RealMatrix matrix, ArrayView<float> buffer) =>
        buffer.SubView(matrix.Start, buffer.Length - matrix.Start);

    private ArgumentException Foreign(DeviceBuffer? buffer) => new(
        $"{buffer?.Name ?? "buffer"}: must be allocated by the backend of {this.Description.Id} that uses it, but is "
        + (buffer is null ? "missing." : $"a {buffer.GetType().Name} of another backend.")
        + " Allocate it with that backend.");
}
