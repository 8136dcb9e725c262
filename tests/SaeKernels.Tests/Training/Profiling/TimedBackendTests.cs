using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Reference;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training.Profiling;

public class TimedBackendTests
{
    [Fact]
    public void Operations_are_noted_in_their_order_and_a_second_run_is_numbered()
    {
        using CpuBackend cpu = new(threads: 1);
        using TimedBackend timed = new(cpu);
        using RealBuffer buffer = timed.AllocateReal("rows", 24);
        RealMatrix rows = new(buffer, 4, 6);

        timed.NormalizeRows(new NormalizeRowsArguments { Matrix = rows });
        timed.Begin();
        timed.NormalizeRows(new NormalizeRowsArguments { Matrix = rows });
        timed.Center(new CenterArguments { Activations = rows, BDec = buffer, Centered = rows });
        timed.NormalizeRows(new NormalizeRowsArguments { Matrix = rows });
        IReadOnlyList<OperationSample> samples = timed.End();

        Assert.Equal(["NormalizeRows", "Center", "NormalizeRows 2"], samples.Select(sample => sample.Name));
        Assert.Equal([72, 24, 72], samples.Select(sample => sample.Cost.Flop));
        Assert.All(samples, sample => Assert.True(sample.Seconds >= 0 && sample.HostSeconds >= sample.Seconds));
        Assert.Equal(samples.Select(sample => sample.BeginSeconds).Order(), samples.Select(s => s.BeginSeconds));
    }

    [Fact]
    public void Work_and_traffic_of_every_operation_are_counted()
    {
        string[] missing =
        [
            .. typeof(IComputeBackend).GetMethods()
                .Where(method => method.GetParameters() is [{ ParameterType.IsByRef: true }])
                .Select(method => method.Name)
                .Where(name => typeof(OperationCosts).GetMethods()
                    .All(cost => cost.GetParameters() is not [{ ParameterType: { IsByRef: true } type }]
                        || type.GetElementType()!.Name != $"{name}Arguments")),
        ];

        Assert.True(missing.Length == 0, $"OperationCosts must count {string.Join(", ", missing)}, but does not.");
    }

    [Fact]
    public void A_backend_without_a_clock_is_refused()
    {
        using ReferenceBackend<float> reference = ReferenceBackend.Create();

        Assert.Throws<ArgumentException>(() => new TimedBackend(reference));
    }

    [Fact]
    public void Noting_must_begin_before_it_ends()
    {
        using CpuBackend cpu = new(threads: 1);
        using TimedBackend timed = new(cpu);

        Assert.Throws<InvalidOperationException>(timed.End);
    }
}
