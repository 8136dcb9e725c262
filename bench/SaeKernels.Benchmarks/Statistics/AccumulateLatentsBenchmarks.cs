using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class AccumulateLatentsBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void AccumulateLatents() => this.Step.Backend.AccumulateLatents(this.Step.AccumulateLatents);
}
