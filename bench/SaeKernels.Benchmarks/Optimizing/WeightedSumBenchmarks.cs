using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class WeightedSumBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void WeightedSum() => this.Step.Backend.WeightedSum(this.Step.WeightedSum);
}
