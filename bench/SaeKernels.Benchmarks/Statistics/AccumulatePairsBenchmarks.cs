using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class AccumulatePairsBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void AccumulatePairs() => this.Step.Backend.AccumulatePairs(this.Step.AccumulatePairs);
}
