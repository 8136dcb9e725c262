using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class AccumulateHistogramBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void AccumulateHistogram() => this.Step.Backend.AccumulateHistogram(this.Step.AccumulateHistogram);
}
