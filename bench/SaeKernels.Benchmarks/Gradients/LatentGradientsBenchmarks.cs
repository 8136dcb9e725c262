using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class LatentGradientsBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void LatentGradients() => this.Step.Backend.LatentGradients(this.Step.LatentGradients);
}
