using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

/// <summary>One operation of a training step, at a size that fills whole vectors and at one that does not.</summary>
[MemoryDiagnoser]
public abstract class StepBenchmarks
{
    public static IEnumerable<StepShape> Shapes { get; } = [new(128, 1024, 16, 2048), new(100, 1021, 16, 2039)];

    [ParamsSource(nameof(Shapes))]
    public StepShape Shape { get; set; } = null!;

    protected TrainingStep Step { get; private set; } = null!;

    [GlobalSetup]
    public void Open() => this.Step = new TrainingStep(this.Shape);

    [GlobalCleanup]
    public void Close() => this.Step.Dispose();
}
