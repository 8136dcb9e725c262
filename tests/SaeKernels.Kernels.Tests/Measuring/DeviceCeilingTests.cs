using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Ilgpu;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Measuring;

public class DeviceCeilingTests
{
    public static TheoryData<string> Devices => TestBackends.Fast;

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void A_device_has_a_rate_of_multiply_adds_and_of_memory(string device) => Use(device, measured =>
    {
        IReadOnlyList<DeviceCeiling> ceilings = measured.MeasureCeilings(1 << 20);

        Assert.Contains(ceilings, ceiling => ceiling.Kind == CeilingKind.Fma);
        Assert.Contains(ceilings, ceiling => ceiling.Kind == CeilingKind.Memory);
        Assert.All(ceilings, ceiling => Assert.True(double.IsFinite(ceiling.PerSecond) && ceiling.PerSecond > 0));
        Assert.Equal(ceilings.Count, ceilings.Select(ceiling => ceiling.Name).Distinct().Count());
    });

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Measuring_leaves_no_memory_behind(string device) => Use(device, measured =>
    {
        IComputeBackend backend = (IComputeBackend)measured;
        // The backend served other tests: what they left to the collector must not be freed in between.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = backend.AllocatedBytes;
        measured.MeasureCeilings(1 << 20);

        Assert.Equal(before, backend.AllocatedBytes);
    });

    [SkippableTheory]
    [MemberData(nameof(Devices))]
    public void Marks_keep_the_order_of_time(string device) => Use(device, measured =>
    {
        using DeviceMark first = measured.Mark();
        measured.MeasureCeilings(1);
        using DeviceMark second = measured.Mark();

        Assert.True(second.SecondsSince(first) > 0);
        Assert.True(first.SecondsSince(second) < 0);
    });

    [Fact]
    public void Marks_of_two_backends_have_no_time_between_them()
    {
        using CpuBackend cpu = new(threads: 1);
        using IlgpuBackend simulator = IlgpuBackend.CreateSimulator();
        using DeviceMark ofCpu = cpu.Mark();
        using DeviceMark ofSimulator = simulator.Mark();

        Assert.Throws<ArgumentException>(() => ofCpu.SecondsSince(ofSimulator));
        Assert.Throws<ArgumentException>(() => ofSimulator.SecondsSince(ofCpu));
    }

    private static void Use(string device, Action<IMeasurableDevice> test) =>
        TestBackends.Use(device, backend => test((IMeasurableDevice)backend));
}
