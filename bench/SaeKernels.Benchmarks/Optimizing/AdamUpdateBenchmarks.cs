using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class AdamUpdateBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void AdamUpdate() => this.Step.Backend.AdamUpdate(this.Step.AdamUpdate);
}
