using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class EncodeTopKBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void EncodeTopK() => this.Step.Backend.EncodeTopK(this.Step.EncodeTopK);
}
