using SaeKernels.Abstractions;
using SaeKernels.Cpu;

namespace SaeKernels.Cli;

/// <summary>What several runs train on: a processor backend of one thread for each, or one device for all.</summary>
internal sealed class GroupBackends : IDisposable
{
    private GroupBackends(IReadOnlyList<IComputeBackend> all) => this.All = all;

    /// <summary>The backends.</summary>
    public IReadOnlyList<IComputeBackend> All { get; }

    /// <summary>Opens them.</summary>
    /// <param name="id">What <c>--device</c> says.</param>
    /// <param name="threads">What <c>--threads</c> says; 1 makes the runs take turns.</param>
    /// <param name="precision">What <c>--precision</c> says.</param>
    /// <param name="runs">The number of runs.</param>
    public static GroupBackends Open(string? id, int? threads, EncoderPrecision? precision, int runs)
    {
        IComputeBackend first = DeviceChoice.Open(id, threads, precision);
        if (first is not CpuBackend { Threads: > 1 })
        {
            return new GroupBackends([first]);
        }

        string device = first.Device.Id;
        first.Dispose();
        return new GroupBackends(
            [.. Enumerable.Range(0, runs).Select(_ => DeviceChoice.Open(device, threads: 1, precision))]);
    }

    /// <summary>Closes them.</summary>
    public void Dispose()
    {
        foreach (IComputeBackend backend in this.All)
        {
            backend.Dispose();
        }
    }
}
