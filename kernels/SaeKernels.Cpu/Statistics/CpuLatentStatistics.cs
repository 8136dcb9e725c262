using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Cpu;

/// <summary>Statistics of each latent: one record each, so that an entry touches a cache line and its bins.</summary>
internal sealed unsafe class CpuLatentStatistics : LatentStatistics
{
    private readonly NativeMemoryBlock<LatentMoments> moments;
    private readonly NativeMemoryBlock<long> histogram;
    private readonly NativeMemoryBlock<long> linearHistogram;
    private long rows;

    public CpuLatentStatistics(LatentStatisticsLayout layout, MemoryLedger ledger)
        : base(layout)
    {
        this.moments = new NativeMemoryBlock<LatentMoments>(layout.Latents, ledger);
        this.histogram = new NativeMemoryBlock<long>((long)layout.Latents * LogBins.Count, ledger);
        this.linearHistogram = new NativeMemoryBlock<long>((long)layout.Latents * layout.LinearBins, ledger);
        for (int latent = 0; latent < layout.Latents; latent++)
        {
            this.moments.Elements[latent].Minimum = float.PositiveInfinity;
            this.moments.Elements[latent].LinearScale =
                layout.LinearBins > 0 ? layout.LinearBinsOf(latent).Scale : 0;
        }
    }

    /// <summary>Where the statistics lie, for threads that each take latents of their own.</summary>
    public LatentRecords Records => new()
    {
        Moments = this.moments.Elements,
        Histogram = this.histogram.Elements,
        LinearHistogram = this.linearHistogram.Elements,
        LinearBins = this.Layout.LinearBins,
    };

    public void AddRows(int count) => this.rows += count;

    public override LatentStatisticsSnapshot Read()
    {
        LatentMoments[] all = this.moments.AsSpan(0, this.Latents).ToArray();
        return new LatentStatisticsSnapshot
        {
            Rows = this.rows,
            Counts = Array.ConvertAll(all, seen => seen.Count),
            Sums = Array.ConvertAll(all, seen => seen.Sum),
            SumsOfSquares = Array.ConvertAll(all, seen => seen.SumOfSquares),
            SumsOfCubes = Array.ConvertAll(all, seen => seen.SumOfCubes),
            SumsOfFourthPowers = Array.ConvertAll(all, seen => seen.SumOfFourthPowers),
            Minima = Array.ConvertAll(all, seen => seen.Minimum),
            Maxima = Array.ConvertAll(all, seen => seen.Maximum),
            Histogram = this.histogram.AsSpan(0, this.Latents * LogBins.Count).ToArray(),
            LinearHistogram = this.linearHistogram.AsSpan(0, this.Latents * this.Layout.LinearBins).ToArray(),
        };
    }

    public override void ReadExtremes(Span<float> minima, Span<float> maxima)
    {
        for (int latent = 0; latent < this.Latents; latent++)
        {
            minima[latent] = this.moments.Elements[latent].Minimum;
            maxima[latent] = this.moments.Elements[latent].Maximum;
        }
    }

    protected override void Dispose(bool disposing)
    {
        this.moments.Dispose();
        this.histogram.Dispose();
        this.linearHistogram.Dispose();
    }
}

/// <summary>Moments and extremes of one latent: a cache line.</summary>
internal struct LatentMoments
{
    public long Count;
    public double Sum;
    public double SumOfSquares;
    public double SumOfCubes;
    public double SumOfFourthPowers;
    public float Minimum;
    public float Maximum;

    /// <summary>Linear bins to a unit.</summary>
    public float LinearScale;
}

/// <summary>Where statistics lie.</summary>
internal unsafe struct LatentRecords
{
    public LatentMoments* Moments;
    public long* Histogram;
    public long* LinearHistogram;
    public int LinearBins;

    public readonly void Add(int latent, float value)
    {
        LatentMoments* seen = this.Moments + latent;
        double square = (double)value * value;
        seen->Count++;
        seen->Sum += value;
        seen->SumOfSquares += square;
        seen->SumOfCubes += square * value;
        seen->SumOfFourthPowers += square * square;
        seen->Minimum = Math.Min(seen->Minimum, value);
        seen->Maximum = Math.Max(seen->Maximum, value);
        this.Histogram[((long)latent * LogBins.Count) + LogBins.IndexOf(value)]++;
        if (this.LinearBins > 0)
        {
            float place = value * seen->LinearScale;
            int bin = place < this.LinearBins ? Math.Max((int)place, 0) : this.LinearBins - 1;
            this.LinearHistogram[((long)latent * this.LinearBins) + bin]++;
        }
    }
}
