using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class AuxResidualBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void AuxResidual() => this.Step.Backend.AuxResidual(this.Step.AuxResidual);
}
