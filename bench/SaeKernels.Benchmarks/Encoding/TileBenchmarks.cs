using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using BenchmarkDotNet.Attributes;
using SaeKernels.Cpu;

namespace SaeKernels.Benchmarks;

/// <summary>
/// A tile of every width the processor has, everything in the first-level cache: 2 · rows · latents · depth operations.
/// </summary>
[MemoryDiagnoser]
public unsafe class TileBenchmarks
{
    private NumberBlock x = null!;
    private NumberBlock w = null!;
    private NumberBlock result = null!;

    [Params(1, 31, 192, 256)]
    public int Depth { get; set; }

    [GlobalSetup]
    public void Open()
    {
        this.x = new NumberBlock(Tile512.Rows * this.Depth);
        this.w = new NumberBlock(Tile512.Latents * this.Depth);
        this.result = new NumberBlock(Tile512.Rows * Tile512.Latents);
    }

    [Benchmark(Baseline = true)]
    public void WidestOfTheProcessor()
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Multiply<Tile512>();
        }
        else if (Vector256.IsHardwareAccelerated && Fma.IsSupported)
        {
            Multiply<Tile256>();
        }
        else
        {
            Multiply<Tile128>();
        }
    }

    [Benchmark]
    public void Bits256() => Multiply<Tile256>();

    [Benchmark]
    public void Bits128() => Multiply<Tile128>();

    private void Multiply<TTile>()
        where TTile : struct, ITile => TTile.MultiplyAdd(
            this.x.Elements, this.w.Elements, this.Depth, this.w.Elements, 0, this.result.Elements, this.w.Elements, 0);
}
