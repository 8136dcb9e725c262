using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class AccumulateBinsBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void AccumulateBins() => this.Step.Backend.AccumulateBins(this.Step.AccumulateBins);
}
