using System.Globalization;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using SaeKernels.Abstractions;

namespace SaeKernels.Ilgpu;

/// <summary>The devices on which ILGPU can run kernels.</summary>
public static class IlgpuDevices
{
    /// <summary>The name of ILGPU's simulator of a GPU on the CPU, which is always there.</summary>
    public const string SimulatorId = "ilgpu-cpu";

    private const int SimulatedWarpSize = 32;

    // The simulator wakes all of its threads for each group, also those that the group does not have: with eight warps
    // it took more than twice the time (2026-11-23). Kernels that do not share tiles have groups of one warp there.
    private const int SimulatedWarps = 1;
    private static readonly Lock Opening = new();

    /// <summary>
    /// Describes every CUDA device (<c>cuda:0</c>, …), every OpenCL device (<c>opencl:0</c>, …) and the simulator
    /// (<c>ilgpu-cpu</c>), in this order. Where a driver is missing, its devices are.
    /// </summary>
    public static IReadOnlyList<DeviceDescription> List()
    {
        using Context context = OpenContext();
        return [.. Describe(context).Select(found => found.Description)];
    }

    /// <summary>
    /// Returns the name of the first CUDA device, or else of the first OpenCL device that is a GPU; null where there
    /// is neither.
    /// </summary>
    public static string? FindGpu()
    {
        using Context context = OpenContext();
        return Describe(context)
            .Where(found => found.Device is CudaDevice
                || (found.Device is CLDevice device && device.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU)))
            .Select(found => found.Description.Id)
            .FirstOrDefault();
    }

    /// <summary>
    /// Returns the arithmetics that a device has for its encoders, the default first; only the default and float32
    /// where there is no such device.
    /// </summary>
    /// <param name="deviceId">A name from <see cref="List"/>; without a number the first of its kind is meant.</param>
    public static IReadOnlyList<EncoderPrecision> PrecisionsOf(string deviceId)
    {
        using Context context = OpenContext();
        Device? device = Find(Describe(context), deviceId)?.Device;
        return device is null ? [EncoderPrecision.Auto, EncoderPrecision.Fp32] : EncoderMode.Of(device);
    }

    /// <summary>Opens a device by its name; without a number the first of its kind is meant.</summary>
    internal static KernelDevice Open(string deviceId, int simulatedWarps = SimulatedWarps)
    {
        Context context = OpenContext(simulatedWarps);
        List<(Device Device, DeviceDescription Description)> all = Describe(context);
        if (Find(all, deviceId) is not (Device device, DeviceDescription description))
        {
            context.Dispose();
            throw new DeviceException(
                "IlgpuBackend: the device must be one of "
                + $"{string.Join(", ", all.Select(found => found.Description.Id))}, but is '{deviceId}'. "
                + "Choose one of these, or install the driver of the device.");
        }

        return new KernelDevice(context, device, description);
    }

    /// <summary>Opens the simulator with the groups that share tiles on GPUs.</summary>
    internal static KernelDevice OpenSimulatorOfGroups()
    {
        KernelDevice simulator = Open(SimulatorId, GroupTile.Threads / SimulatedWarpSize);
        simulator.SharesTiles = true;
        return simulator;
    }

    /// <summary>Opens a context that knows all devices and our intrinsics.</summary>
    /// <remarks>
    /// Level O1 keeps intrinsics and memory accesses in the order of the code; O2 was seen to move intrinsics past
    /// others.
    /// The default math mode keeps denormal numbers and gives IEEE square roots and divisions on CUDA, which the
    /// canonical pre-activations, norms and Adam rest on.
    /// Profiling allows marks in a queue; on CUDA it costs nothing while there are none.
    /// </remarks>
    internal static Context OpenContext(int simulatedWarps = SimulatedWarps)
    {
        // While one thread finds the OpenCL devices for the first time another one finds none (PoCL 6, 2026-11-23).
        lock (Opening)
        {
            return Context.Create(builder => Configure(builder, simulatedWarps));
        }
    }

    private static void Configure(Context.Builder builder, int simulatedWarps)
    {
        builder.Optimize(OptimizationLevel.O1).Math(MathMode.Default).Profiling();
        builder.Cuda().OpenCL().CPU(new CPUDevice(SimulatedWarpSize, simulatedWarps, 1));
        FusedMultiplyAdd.Register(builder);
        GroupBarrier.Register(builder);
        GlobalVector.Register(builder);
        TensorCoreInstructions.Register(builder);
    }

    private static (Device Device, DeviceDescription Description)? Find(
        List<(Device Device, DeviceDescription Description)> all, string deviceId)
    {
        string wanted = deviceId is "cuda" or "opencl" ? deviceId + ":0" : deviceId;
        int index = all.FindIndex(found => found.Description.Id == wanted);
        return index < 0 ? null : all[index];
    }

    private static List<(Device Device, DeviceDescription Description)> Describe(Context context)
    {
        List<(Device, DeviceDescription)> found = [];
        foreach (CudaDevice device in context.GetCudaDevices())
        {
            string path = string.Create(
                CultureInfo.InvariantCulture, $"CUDA {device.Architecture}, PTX {device.InstructionSet}");
            found.Add((device, Description($"cuda:{found.Count}", device, device.MemorySize, path)));
        }

        int openCl = 0;
        foreach (CLDevice device in context.GetCLDevices())
        {
            string path = string.Create(
                CultureInfo.InvariantCulture, $"OpenCL C {device.CVersion} on {device.PlatformName}");
            found.Add((device, Description($"opencl:{openCl++}", device, device.MemorySize, path)));
        }

        // The simulator uses the host's memory, and reports no size of its own.
        CPUDevice simulator = context.GetCPUDevice(0);
        found.Add((simulator, Description(SimulatorId, simulator, 0, "simulated GPU, one host thread per lane")));
        return found;
    }

    private static DeviceDescription Description(string id, Device device, long memoryBytes, string path) =>
        new(id, device.Name, memoryBytes, device.NumMultiprocessors, $"{path}, {Tiling.Describe(device)}")
        {
            MaxGroupSize = device.MaxNumThreadsPerGroup,
            WarpSize = device.WarpSize,
            // The simulator reports all that an Int32 can count.
            SharedMemoryBytes = id == SimulatorId ? 0 : device.MaxSharedMemoryPerGroup,
        };
}
