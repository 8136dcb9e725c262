using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class EncodeGroupMaxBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void EncodeGroupMax() => this.Step.Backend.EncodeGroupMax(this.Step.EncodeGroupMax);
}
