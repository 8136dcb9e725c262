using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class SparseDecodeBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void SparseDecode() => this.Step.Backend.SparseDecode(this.Step.SparseDecode);
}
