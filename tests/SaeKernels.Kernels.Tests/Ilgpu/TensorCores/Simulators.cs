using System.Collections.Concurrent;
using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>
/// Simulators by their precision: one compiles its kernels, and an exact one probes its tensor cores, once; a test
/// leases it and puts it back.
/// </summary>
internal static class Simulators
{
    private static readonly ConcurrentDictionary<EncoderPrecision, ConcurrentBag<IlgpuBackend>> Idle = new();

    /// <summary>
    /// Runs a test on a simulator, which is its own until it returns; hands it also what the simulator has counted
    /// since then: rows, candidates and fallbacks.
    /// </summary>
    public static void Use(EncoderPrecision precision, Action<IlgpuBackend, Func<EncoderReport>> test)
    {
        ConcurrentBag<IlgpuBackend> idle = Idle.GetOrAdd(precision, _ => []);
        IlgpuBackend simulator = idle.TryTake(out IlgpuBackend? taken)
            ? taken
            : IlgpuBackend.Create(IlgpuDevices.SimulatorId, precision);
        EncoderReport before = simulator.ReadEncoderReport();
        test(simulator, () => Since(before, simulator.ReadEncoderReport()));
        idle.Add(simulator);
    }

    private static EncoderReport Since(EncoderReport before, EncoderReport now) => now with
    {
        Rows = now.Rows - before.Rows,
        Candidates = now.Candidates - before.Candidates,
        Fallbacks = now.Fallbacks - before.Fallbacks,
    };
}
