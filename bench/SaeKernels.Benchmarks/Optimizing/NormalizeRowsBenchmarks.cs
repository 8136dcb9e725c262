using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class NormalizeRowsBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void NormalizeRows() => this.Step.Backend.NormalizeRows(this.Step.NormalizeRows);
}
