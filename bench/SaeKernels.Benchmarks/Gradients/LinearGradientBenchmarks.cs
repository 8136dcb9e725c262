using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class LinearGradientBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void LinearGradient() => this.Step.Backend.LinearGradient(this.Step.LinearGradient);
}
