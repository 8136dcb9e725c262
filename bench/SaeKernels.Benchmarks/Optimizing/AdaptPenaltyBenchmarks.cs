using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class AdaptPenaltyBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void AdaptPenalty() => this.Step.Backend.AdaptPenalty(this.Step.AdaptPenalty);
}
