using System.Collections.Concurrent;
using System.Reflection;
using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu;

/// <summary>
/// The kernels of backends by their precision. An exact one probes its tensor cores when it is opened, which the
/// simulator takes long for: each is opened once.
/// </summary>
internal static class KernelLists
{
    private static readonly ConcurrentDictionary<EncoderPrecision, Lazy<IReadOnlyList<MethodInfo>>> Found = [];

    // Opening a backend names its kernels; none is compiled before its first launch.
    public static IReadOnlyList<MethodInfo> Of(EncoderPrecision precision) =>
        Found.GetOrAdd(precision, wanted => new(() => Find(wanted))).Value;

    private static MethodInfo[] Find(EncoderPrecision precision)
    {
        using IlgpuBackend backend = IlgpuBackend.Create(IlgpuDevices.SimulatorId, precision);
        return [.. backend.KernelMethods.Distinct()];
    }
}
