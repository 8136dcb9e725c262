using System.CommandLine;
using System.Text.RegularExpressions;
using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Ilgpu;
using SaeKernels.Reference;

namespace SaeKernels.Cli;

/// <summary>The devices of this machine, and the one that is asked for.</summary>
internal static partial class DeviceChoice
{
    private const string Auto = "auto";
    private const string CpuId = "cpu";
    private const string ReferenceId = "reference";
    private const int MostThreads = 1024;

    /// <summary>Makes the option <c>--device</c>.</summary>
    public static Option<string?> CreateOption() => Options.Text("--device", "ID",
        "auto, cpu, ilgpu-cpu (ILGPU's simulator, slow), cuda[:i], opencl[:i], or reference (the slow float64 check). "
        + "Default: auto, which is CUDA if present, else an OpenCL GPU, else cpu. sae devices lists what there is.");

    /// <summary>Makes the option <c>--threads</c>.</summary>
    public static Option<int?> CreateThreadsOption() => Options.Number<int>("--threads", "N",
        "Threads of the cpu device. Default: one for each core. Results do not depend on it.");

    /// <summary>Makes the option <c>--precision</c>.</summary>
    public static Option<EncoderPrecision?> CreatePrecisionOption() => Options.Choice<EncoderPrecision>(
        "--precision", "MODE",
        "Arithmetic of the encoder's products: auto, fp32, exact-tf32, exact-bf16, exact-int8, tf32 or bf16, as far as "
        + "the device has them. The exact modes screen in low precision and decide in float32: they select and "
        + "compute what fp32 does, bit for bit. tf32 and bf16 do not. Default: auto, the fastest that does.");

    /// <summary>Lists the devices of this machine, the processor first.</summary>
    public static IReadOnlyList<DeviceDescription> List()
    {
        using CpuBackend cpu = new();
        using ReferenceBackend<float> reference = ReferenceBackend.Create();
        return [cpu.Device, .. IlgpuDevices.List(), reference.Device];
    }

    /// <summary>Returns the id of the device that <c>auto</c> takes.</summary>
    public static string ChooseAuto() => IlgpuDevices.FindGpu() ?? CpuId;

    /// <summary>Opens a device.</summary>
    /// <param name="id">What <c>--device</c> says; null for <c>auto</c>.</param>
    /// <param name="threads">Threads of the processor; null for one for each core.</param>
    /// <param name="precision">What <c>--precision</c> says; null for <c>auto</c>.</param>
    /// <exception cref="ArgumentException">
    /// The id is not one, the number of threads is out of range, or the device has not that precision.
    /// </exception>
    /// <exception cref="DeviceException">The device is not there.</exception>
    public static IComputeBackend Open(string? id, int? threads, EncoderPrecision? precision = null)
    {
        if (threads is < 1 or > MostThreads)
        {
            throw new ArgumentException(
                $"--threads: must be from 1 to {MostThreads}, but is {threads}. Leave it out for one for each core.");
        }

        string chosen = Resolve(id);
        EncoderPrecision mode = precision ?? EncoderPrecision.Auto;
        IReadOnlyList<EncoderPrecision> offered = PrecisionsOf(chosen);
        if (!offered.Contains(mode))
        {
            throw new ArgumentException(
                $"--precision: must be one that {chosen} has on this machine, "
                + $"{string.Join(", ", offered.Select(Name))}, but is {Name(mode)}. Choose one of these, or "
                + "another --device.");
        }

        return chosen switch
        {
            CpuId => new CpuBackend(threads ?? 0, mode),
            ReferenceId => ReferenceBackend.Create(),
            _ => OpenIlgpu(chosen, mode),
        };
    }

    /// <summary>Returns the precision in which a run goes on: its own, or an exact one for an exact one.</summary>
    /// <param name="id">What <c>--device</c> says; null for <c>auto</c>.</param>
    /// <param name="recorded">The mode in which the run was begun.</param>
    public static EncoderPrecision Continue(string? id, EncoderPrecision recorded) =>
        recorded is EncoderPrecision.Tf32 or EncoderPrecision.Bf16 || PrecisionsOf(Resolve(id)).Contains(recorded)
            ? recorded
            : EncoderPrecision.Auto;

    private static string Resolve(string? id)
    {
        string chosen = id is null or Auto ? ChooseAuto() : id;
        return Form().IsMatch(chosen)
            ? chosen
            : throw new ArgumentException(
                $"--device: must be auto, cpu, ilgpu-cpu, cuda[:i], opencl[:i] or reference, but is '{chosen}'. sae "
                + "devices lists what there is.");
    }

    private static IReadOnlyList<EncoderPrecision> PrecisionsOf(string id) =>
        id switch
        {
            CpuId => CpuBackend.Precisions,
            ReferenceId => [EncoderPrecision.Auto, EncoderPrecision.Fp32],
            _ => IlgpuDevices.PrecisionsOf(id),
        };

    private static string Name(EncoderPrecision precision) => Options.NameOf(precision);

    private static IlgpuBackend OpenIlgpu(string id, EncoderPrecision precision)
    {
        List<string> present = [.. List().Select(device => device.Id)];
        if (!present.Contains(id) && !present.Contains($"{id}:0"))
        {
            throw new DeviceException(
                $"--device: '{id}' must be on this machine, which has {string.Join(", ", present)}, but is not. "
                + "Choose one of these, or install the driver of the device.");
        }

        return IlgpuBackend.Create(id, precision);
    }

    [GeneratedRegex(@"^(cpu|reference|ilgpu-cpu|(cuda|opencl)(:\d{1,4})?)$", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
