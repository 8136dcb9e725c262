using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class GradientNormBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void GradientNorm() => this.Step.Backend.GradientNorm(this.Step.GradientNorm);
}
