namespace SaeKernels.Abstractions;

/// <summary>What a backend computes on, for people and for <c>run.json</c>.</summary>
/// <param name="Id">
/// The name by which it is chosen: <c>cpu</c>, <c>ilgpu-cpu</c>, <c>cuda:0</c>, <c>opencl:1</c>, <c>reference</c>.
/// </param>
/// <param name="Name">The device's own name.</param>
/// <param name="MemoryBytes">Memory of the device in bytes; 0 where it is not known.</param>
/// <param name="ComputeUnits">Threads in use, or multiprocessors.</param>
/// <param name="InstructionPath">The instruction sets or the capability that the kernels use.</param>
public sealed record DeviceDescription(
    string Id, string Name, long MemoryBytes, int ComputeUnits, string InstructionPath)
{
    /// <summary>The most threads of a group; 0 where kernels run in no groups.</summary>
    public int MaxGroupSize { get; init; }

    /// <summary>Threads that run in step, as the device reports them; 0 where it does not, or has no groups.</summary>
    public int WarpSize { get; init; }

    /// <summary>Memory that the threads of a group share, in bytes; 0 where there is no limit or no group.</summary>
    public long SharedMemoryBytes { get; init; }
}
