using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class AccumulateReconstructionBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void AccumulateReconstruction() =>
        this.Step.Backend.AccumulateReconstruction(this.Step.AccumulateReconstruction);
}
