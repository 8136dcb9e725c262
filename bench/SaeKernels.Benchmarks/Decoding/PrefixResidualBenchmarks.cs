using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class PrefixResidualBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void PrefixResidual() => this.Step.Backend.PrefixResidual(this.Step.PrefixResidual);
}
