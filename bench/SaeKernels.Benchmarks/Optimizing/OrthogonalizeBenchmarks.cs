using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class OrthogonalizeBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void Orthogonalize() => this.Step.Backend.Orthogonalize(this.Step.Orthogonalize);
}
