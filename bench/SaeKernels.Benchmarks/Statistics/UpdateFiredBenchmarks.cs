using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class UpdateFiredBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void UpdateFired() => this.Step.Backend.UpdateFired(this.Step.UpdateFired);
}
