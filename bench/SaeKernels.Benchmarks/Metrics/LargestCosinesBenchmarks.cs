using BenchmarkDotNet.Attributes;
using SaeKernels.Metrics;

namespace SaeKernels.Benchmarks;

/// <summary>The largest cosines between two dictionaries of one size, which MMCS is made of.</summary>
public class LargestCosinesBenchmarks
{
    private UnitDirections first = null!;
    private UnitDirections second = null!;

    [Params(128, 768)]
    public int Width { get; set; }

    [Params(4096)]
    public int Directions { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        this.first = Random(1);
        this.second = Random(2);
    }

    [Benchmark]
    public double[] LargestCosines() => Metrics.LargestCosines.Between(this.first, this.second).OfFirst;

    private UnitDirections Random(int seed)
    {
        Random random = new(seed);
        float[] rows = new float[this.Directions * this.Width];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = random.NextSingle() - 0.5f;
        }

        return UnitDirections.From(rows, this.Width);
    }
}
