using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class GateMagnitudesBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void GateMagnitudes() => this.Step.Backend.GateMagnitudes(this.Step.GateMagnitudes);
}
