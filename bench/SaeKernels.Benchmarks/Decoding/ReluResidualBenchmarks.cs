using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class ReluResidualBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void ReluResidual() => this.Step.Backend.ReluResidual(this.Step.ReluResidual);
}
