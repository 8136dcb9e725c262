using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class CenterBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void Center() => this.Step.Backend.Center(this.Step.Center);
}
