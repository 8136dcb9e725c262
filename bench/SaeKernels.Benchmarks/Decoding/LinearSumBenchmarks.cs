using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class LinearSumBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void LinearSum() => this.Step.Backend.LinearSum(this.Step.LinearSum);
}
