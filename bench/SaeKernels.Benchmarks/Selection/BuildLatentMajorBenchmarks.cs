using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class BuildLatentMajorBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void BuildLatentMajor() => this.Step.Backend.BuildLatentMajor(this.Step.BuildLatentMajor);
}
