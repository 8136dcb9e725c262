using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class EncodeBatchTopKBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void EncodeBatchTopK() => this.Step.Backend.EncodeBatchTopK(this.Step.EncodeBatchTopK);
}
