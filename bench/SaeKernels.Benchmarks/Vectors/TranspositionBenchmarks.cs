using BenchmarkDotNet.Attributes;
using SaeKernels.Cpu;

namespace SaeKernels.Benchmarks;

/// <summary>Rows into columns, as weights are packed: a panel of 32 rows, and what does not fill one.</summary>
[MemoryDiagnoser]
public unsafe class TranspositionBenchmarks
{
    private const int Panel = 32;
    private NumberBlock source = null!;
    private NumberBlock target = null!;

    [Params(5, 12, 32)]
    public int Rows { get; set; }

    [Params(100, 512)]
    public int Columns { get; set; }

    [GlobalSetup]
    public void Open()
    {
        this.source = new NumberBlock(this.Rows * this.Columns);
        this.target = new NumberBlock(Panel * this.Columns);
    }

    [Benchmark]
    public void Run() => Transposition.Run(
        this.source.Elements, this.Columns, this.Rows, this.Columns, this.target.Elements, Panel);
}
