using System.Collections.Concurrent;
using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Ilgpu;
using SaeKernels.Reference;

namespace SaeKernels.Testing;

/// <summary>The backends that tests run over, by the name under which a user chooses them.</summary>
public static class TestBackends
{
    private const string ExactInt8 = "cpu-exact-int8";
    private const string Groups = "ilgpu-groups";

    // As many as the smallest machine has, also where tests are told that there is one processor.
    private const int Threads = 2;

    private static readonly Dictionary<string, Func<IComputeBackend?>> Factories = new()
    {
        ["reference"] = ReferenceBackend.Create,
        ["cpu"] = () => new CpuBackend(Threads, EncoderPrecision.Fp32),
        [ExactInt8] = OpenScreening,
        ["ilgpu-cpu"] = IlgpuBackend.CreateSimulator,
        [Groups] = IlgpuBackend.CreateSimulatorOfGroups,
        ["cuda"] = () => OpenGpu("cuda"),
        ["opencl"] = () => OpenGpu("opencl"),
    };

    // Backends compile their kernels once; a test class leases one and puts it back.
    private static readonly ConcurrentDictionary<string, ConcurrentBag<IComputeBackend>> Idle = new();

    /// <summary>
    /// Every backend, for theories; one whose device is absent is skipped when it is used. For operations in which the
    /// precision of the encoders changes nothing.
    /// </summary>
    public static TheoryData<string> All => [.. Factories.Keys.Where(name => name is not (ExactInt8 or Groups))];

    /// <summary>Every backend with every precision that is tested, for operations that encode.</summary>
    public static TheoryData<string> Precisions => [.. Factories.Keys.Where(name => name != Groups)];

    /// <summary>Every backend, and the simulator once more with the encoders that GPUs get.</summary>
    public static TheoryData<string> Encoders => [.. Factories.Keys];

    /// <summary>Every backend but the reference.</summary>
    public static TheoryData<string> Fast => [.. Factories.Keys.Where(name => name is not ("reference" or Groups))];

    /// <summary>Every backend but the reference, and the simulator once more with the encoders that GPUs get.</summary>
    public static TheoryData<string> FastEncoders => [.. Factories.Keys.Where(name => name != "reference")];

    /// <summary>
    /// The scale of verifications: small where SAE_TEST_SCALE is <c>small</c>, and always on the slow ones, the
    /// reference and the simulator.
    /// </summary>
    /// <param name="name">The backend.</param>
    public static VerificationScale ScaleOf(string name) =>
        name is "reference" or "ilgpu-cpu" or Groups || Environment.GetEnvironmentVariable("SAE_TEST_SCALE") == "small"
            ? VerificationScale.Small
            : VerificationScale.Full;

    /// <summary>Runs a test on a backend; skips it where the machine has no such device.</summary>
    /// <param name="name">The backend.</param>
    /// <param name="test">The test; the backend is its own until it returns.</param>
    public static void Use(string name, Action<IComputeBackend> test)
    {
        ConcurrentBag<IComputeBackend> idle = Idle.GetOrAdd(name, _ => []);
        IComputeBackend? backend = idle.TryTake(out IComputeBackend? taken) ? taken : Factories[name]();
        Skip.If(backend is null, $"This machine has no {name}.");
        test(backend!);
        idle.Add(backend!);
    }

    private static CpuBackend? OpenScreening() =>
        CpuBackend.Precisions.Contains(EncoderPrecision.ExactInt8)
            ? new CpuBackend(Threads, EncoderPrecision.ExactInt8)
            : null;

    private static IlgpuBackend? OpenGpu(string kind) =>
        IlgpuDevices.List().Any(device => device.Id.StartsWith(kind, StringComparison.Ordinal))
            ? IlgpuBackend.Create(kind)
            : null;
}
