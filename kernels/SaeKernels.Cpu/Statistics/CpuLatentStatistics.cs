using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Cpu;

/// <summary>Statistics of each latent: one record each, so that an entry touches a cache line and its bin.</summary>
internal sealed unsafe class CpuLatentStatistics : LatentStatistics
{
    private readonly NativeMemoryBlock<Moments> moments;
    private readonly NativeMemoryBlock<long> histogram;
    private long rows;

    public CpuLatentStatistics(int latents, MemoryLedger ledger)
        : base(latents)
    {
        this.moments = new NativeMemoryBlock<Moments>(latents, ledger);
        this.histogram = new NativeMemoryBlock<long>((long)latents * LogBins.Count, ledger);
        for (int latent = 0; latent < latents; latent++)
        {
            this.moments.Elements[latent].Minimum = float.PositiveInfinity;
        }
    }

    public void AddRows(int count) => this.rows += count;

    public void AddActivation(int latent, float value)
    {
        Moments* seen = this.moments.Elements + latent;
        seen->Count++;
        seen->Sum += value;
        seen->SumOfSquares += (double)value * value;
        seen->Minimum = Math.Min(seen->Minimum, value);
        seen->Maximum = Math.Max(seen->Maximum, value);
        this.histogram.Elements[((long)latent * LogBins.Count) + LogBins.IndexOf(value)]++;
    }

    public override LatentStatisticsSnapshot Read()
    {
        Moments[] all = this.moments.AsSpan(0, this.Latents).ToArray();
        return new LatentStatisticsSnapshot
        {
            Rows = this.rows,
            Counts = Array.ConvertAll(all, seen => seen.Count),
            Sums = Array.ConvertAll(all, seen => seen.Sum),
            SumsOfSquares = Array.ConvertAll(all, seen => seen.SumOfSquares),
            Minima = Array.ConvertAll(all, seen => seen.Minimum),
            Maxima = Array.ConvertAll(all, seen => seen.Maximum),
            Histogram = this.histogram.AsSpan(0, checked(this.Latents * LogBins.Count)).ToArray(),
        };
    }

    protected override void Dispose(bool disposing)
    {
        this.moments.Dispose();
        this.histogram.Dispose();
    }

    private struct Moments
    {
        public long Count;
        public double Sum;
        public double SumOfSquares;
        public float Minimum;
        public float Maximum;
    }
}
