using BenchmarkDotNet.Attributes;

namespace SaeKernels.Benchmarks;

public class DecoderBiasGradientBenchmarks : StepBenchmarks
{
    [Benchmark]
    public void DecoderBiasGradient() => this.Step.Backend.DecoderBiasGradient(this.Step.DecoderBiasGradient);
}
