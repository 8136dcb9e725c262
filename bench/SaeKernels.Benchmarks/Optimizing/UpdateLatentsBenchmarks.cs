using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class UpdateLatentsBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void UpdateLatents() => this.Step.Backend.UpdateLatents(this.Step.UpdateLatents);

    [Benchmark]
    public void UpdateAveragedLatents() => this.Step.Backend.UpdateLatents(this.Step.UpdateAveragedLatents);

    [Benchmark]
    public void UpdateReluLatents() => this.Step.Backend.UpdateLatents(this.Step.UpdateReluLatents);
}
