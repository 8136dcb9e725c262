using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Where the buffers of this backend lie in the host's memory.</summary>
internal static unsafe class HostPointers
{
    /// <summary>The first element of a buffer of real numbers, which counts as changed.</summary>
    public static float* Of(RealBuffer buffer)
    {
        HostRealBuffer<float> host = Own(buffer);
        host.MarkChanged();
        return host.Elements;
    }

    /// <summary>The first element of a matrix that is only read.</summary>
    public static float* OfUnchanged(RealMatrix matrix) => Own(matrix.Buffer).Elements + matrix.Start;

    /// <summary>Counts what may have changed the elements of a buffer.</summary>
    public static long VersionOf(RealBuffer buffer) => Own(buffer).Version;

    /// <summary>The first element of a matrix.</summary>
    public static float* Of(RealMatrix matrix) => Of(matrix.Buffer) + matrix.Start;

    /// <summary>The first element of a matrix; null where there is none.</summary>
    public static float* Of(RealMatrix? matrix) => matrix is RealMatrix given ? Of(given) : null;

    /// <summary>The element that a slot names.</summary>
    public static float* Of(ScalarSlot slot) => Of(slot.Buffer) + slot.Index;

    /// <summary>The first element of a buffer of 32-bit integers.</summary>
    public static int* Of(IntBuffer buffer) => buffer is HostIntBuffer host ? host.Elements : throw Foreign(buffer);

    /// <summary>The first element of a buffer of 64-bit integers.</summary>
    public static long* Of(LongBuffer buffer) => buffer is HostLongBuffer host ? host.Elements : throw Foreign(buffer);

    /// <summary>The first byte of a slot of staged numbers.</summary>
    public static byte* Of(BatchStaging staging, int slot) => staging is HostBatchStaging host
        ? host.Bytes(slot)
        : throw new ArgumentException(
            $"CpuBackend: {staging.Name} must be staged in host memory, but is a {staging.GetType().Name}. "
            + "Call CreateBatchStaging of the backend that uses it.");

    private static HostRealBuffer<float> Own(RealBuffer buffer) =>
        buffer as HostRealBuffer<float> ?? throw Foreign(buffer);

    private static ArgumentException Foreign(DeviceBuffer buffer) =>
        new($"CpuBackend: {buffer.Name} must be float32 or integers in host memory, but is a {buffer.GetType().Name}. "
            + "Allocate it with the backend that uses it.");
}
