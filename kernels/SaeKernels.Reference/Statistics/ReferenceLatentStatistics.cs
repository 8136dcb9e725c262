using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>Statistics of each latent in the host's memory.</summary>
internal sealed unsafe class ReferenceLatentStatistics : LatentStatistics
{
    private readonly HostLongBuffer counts;
    private readonly HostLongBuffer histogram;
    private readonly HostRealBuffer<double> sums;
    private readonly HostRealBuffer<double> sumsOfSquares;
    private readonly HostRealBuffer<float> minima;
    private readonly HostRealBuffer<float> maxima;
    private long rows;

    public ReferenceLatentStatistics(int latents, MemoryLedger ledger)
        : base(latents)
    {
        this.counts = new HostLongBuffer("Statistics.Counts", latents, ledger);
        this.histogram = new HostLongBuffer("Statistics.Histogram", (long)latents * LogBins.Count, ledger);
        this.sums = new HostRealBuffer<double>("Statistics.Sums", latents, ledger);
        this.sumsOfSquares = new HostRealBuffer<double>("Statistics.SumsOfSquares", latents, ledger);
        this.minima = new HostRealBuffer<float>("Statistics.Minima", latents, ledger);
        this.maxima = new HostRealBuffer<float>("Statistics.Maxima", latents, ledger);
        new Span<float>(this.minima.Elements, latents).Fill(float.PositiveInfinity);
    }

    public void AddRows(int count) => this.rows += count;

    public void AddActivation(int latent, double value)
    {
        this.counts.Elements[latent]++;
        this.sums.Elements[latent] += value;
        this.sumsOfSquares.Elements[latent] += value * value;
        this.minima.Elements[latent] = Math.Min(this.minima.Elements[latent], (float)value);
        this.maxima.Elements[latent] = Math.Max(this.maxima.Elements[latent], (float)value);
        this.histogram.Elements[((long)latent * LogBins.Count) + LogBins.IndexOf((float)value)]++;
    }

    public override LatentStatisticsSnapshot Read() => new()
    {
        Rows = this.rows,
        Counts = new Span<long>(this.counts.Elements, this.Latents).ToArray(),
        Sums = new Span<double>(this.sums.Elements, this.Latents).ToArray(),
        SumsOfSquares = new Span<double>(this.sumsOfSquares.Elements, this.Latents).ToArray(),
        Minima = new Span<float>(this.minima.Elements, this.Latents).ToArray(),
        Maxima = new Span<float>(this.maxima.Elements, this.Latents).ToArray(),
        Histogram = new Span<long>(this.histogram.Elements, checked(this.Latents * LogBins.Count)).ToArray(),
    };

    protected override void Dispose(bool disposing)
    {
        this.counts.Dispose();
        this.histogram.Dispose();
        this.sums.Dispose();
        this.sumsOfSquares.Dispose();
        this.minima.Dispose();
        this.maxima.Dispose();
    }
}
