using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class DecodeResidualBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void DecodeResidual() => this.Step.Backend.DecodeResidual(this.Step.DecodeResidual);
}
