using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class EncodeThresholdBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void EncodeThreshold() => this.Step.Backend.EncodeThreshold(this.Step.EncodeThreshold);
}
