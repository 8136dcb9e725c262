using System.CommandLine;
using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Reference;

namespace SaeKernels.Cli;

/// <summary>The devices of this machine, and the one that is asked for.</summary>
internal static class DeviceChoice
{
    /// <summary>The id of ILGPU's simulator.</summary>
    public const string SimulatorId = "ilgpu-cpu";

    private const string Auto = "auto";
    private const string CpuId = "cpu";
    private const string ReferenceId = "reference";

    /// <summary>Makes the option <c>--device</c>.</summary>
    public static Option<string?> CreateOption() => Options.Text("--device", "ID",
        "auto, cpu, ilgpu-cpu (ILGPU's simulator, slow), cuda[:i], opencl[:i], or reference (the slow float64 check). "
        + "Default: auto, which is CUDA if present, else an OpenCL GPU, else cpu. sae devices lists what there is.");

    /// <summary>Makes the option <c>--threads</c>.</summary>
    public static Option<int?> CreateThreadsOption() => Options.Number<int>("--threads", "N",
        "Threads of the cpu device. Default: one for each core. Results do not depend on it.");

    /// <summary>Lists the devices of this machine, the processor first.</summary>
    public static IReadOnlyList<DeviceDescription> List()
    {
        using CpuBackend cpu = new();
        return [cpu.Device];
    }

    /// <summary>Returns the id of the device that <c>auto</c> takes.</summary>
    public static string ChooseAuto(IReadOnlyList<DeviceDescription> devices) => CpuId;

    /// <summary>Opens a device.</summary>
    /// <param name="id">What <c>--device</c> says; null for <c>auto</c>.</param>
    /// <param name="threads">Threads of the processor; null for one for each core.</param>
    /// <exception cref="ArgumentException">The id is not one, or the number of threads is not positive.</exception>
    /// <exception cref="DeviceException">The device is not there.</exception>
    public static IComputeBackend Open(string? id, int? threads)
    {
        if (threads < 1)
        {
            throw new ArgumentException($"--threads: must be at least 1, but is {threads}. Leave it out for one for each core.");
        }

        return (id ?? Auto) switch
        {
            ReferenceId => ReferenceBackend.Create(),
            _ => new CpuBackend(threads ?? 0),
        };
    }
}
