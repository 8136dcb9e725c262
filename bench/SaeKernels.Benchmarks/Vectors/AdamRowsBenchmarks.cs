using BenchmarkDotNet.Attributes;
using SaeKernels.Abstractions;
using SaeKernels.Cpu;

namespace SaeKernels.Benchmarks;

/// <summary>
/// A step on the rows of a latent that learns, and of one that was idle before: its moments have decayed 1,000 times,
/// below what float32 holds as a normal number unless they are set to zero.
/// </summary>
[MemoryDiagnoser]
public unsafe class AdamRowsBenchmarks
{
    private AdamRows adam;
    private NumberBlock values = null!;
    private NumberBlock first = null!;
    private NumberBlock second = null!;
    private NumberBlock gradient = null!;

    [Params(100, 768, 4096)]
    public int Length { get; set; }

    [Params(0, 1000)]
    public int IdleSteps { get; set; }

    [GlobalSetup]
    public void Open()
    {
        this.adam = new AdamRows(
            new OptimizerStep { LearningRate = 1e-4, Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, Step = 10_000 }, null);
        this.values = new NumberBlock(this.Length);
        this.first = new NumberBlock(this.Length, 1e-3f);
        this.second = new NumberBlock(this.Length, 0);
        this.gradient = new NumberBlock(this.Length, this.IdleSteps > 0 ? 0 : 1e-3f);
        for (int step = 0; step < this.IdleSteps; step++)
        {
            Apply();
        }
    }

    [Benchmark]
    public void Apply() => this.adam.Apply(
        this.values.Elements, this.first.Elements, this.second.Elements, this.gradient.Elements, this.Length);
}
