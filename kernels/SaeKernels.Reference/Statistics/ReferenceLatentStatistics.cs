using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Reference;

/// <summary>Statistics of each latent in the host's memory.</summary>
internal sealed unsafe class ReferenceLatentStatistics : LatentStatistics
{
    private const int Powers = 4;
    private readonly HostLongBuffer counts;
    private readonly HostLongBuffer histogram;
    private readonly HostLongBuffer linearHistogram;
    private readonly HostRealBuffer<double>[] sumsOfPowers;
    private readonly HostRealBuffer<float> minima;
    private readonly HostRealBuffer<float> maxima;
    private long rows;

    public ReferenceLatentStatistics(LatentStatisticsLayout layout, MemoryLedger ledger)
        : base(layout)
    {
        long latents = layout.Latents;
        this.counts = new HostLongBuffer("Statistics.Counts", latents, ledger);
        this.histogram = new HostLongBuffer("Statistics.Histogram", latents * LogBins.Count, ledger);
        this.linearHistogram = new HostLongBuffer("Statistics.LinearHistogram", latents * layout.LinearBins, ledger);
        this.sumsOfPowers =
        [
            .. Enumerable.Range(1, Powers).Select(
                power => new HostRealBuffer<double>($"Statistics.SumsOfPower{power}", latents, ledger)),
        ];
        this.minima = new HostRealBuffer<float>("Statistics.Minima", latents, ledger);
        this.maxima = new HostRealBuffer<float>("Statistics.Maxima", latents, ledger);
        new Span<float>(this.minima.Elements, layout.Latents).Fill(float.PositiveInfinity);
    }

    public void AddRows(int count) => this.rows += count;

    public void AddActivation(int latent, double value)
    {
        this.counts.Elements[latent]++;
        double power = 1;
        foreach (HostRealBuffer<double> sums in this.sumsOfPowers)
        {
            power *= value;
            sums.Elements[latent] += power;
        }

        float rounded = (float)value;
        this.minima.Elements[latent] = Math.Min(this.minima.Elements[latent], rounded);
        this.maxima.Elements[latent] = Math.Max(this.maxima.Elements[latent], rounded);
        this.histogram.Elements[((long)latent * LogBins.Count) + LogBins.IndexOf(rounded)]++;
        int bins = this.Layout.LinearBins;
        if (bins > 0)
        {
            this.linearHistogram.Elements[((long)latent * bins) + this.Layout.LinearBinsOf(latent).IndexOf(rounded)]++;
        }
    }

    public override LatentStatisticsSnapshot Read() => new()
    {
        Rows = this.rows,
        Counts = ReadAll(this.counts),
        Sums = ReadAll(this.sumsOfPowers[0]),
        SumsOfSquares = ReadAll(this.sumsOfPowers[1]),
        SumsOfCubes = ReadAll(this.sumsOfPowers[2]),
        SumsOfFourthPowers = ReadAll(this.sumsOfPowers[3]),
        Minima = new Span<float>(this.minima.Elements, this.Latents).ToArray(),
        Maxima = new Span<float>(this.maxima.Elements, this.Latents).ToArray(),
        Histogram = ReadAll(this.histogram),
        LinearHistogram = ReadAll(this.linearHistogram),
    };

    public override void ReadExtremes(Span<float> minima, Span<float> maxima)
    {
        new Span<float>(this.minima.Elements, this.Latents).CopyTo(minima);
        new Span<float>(this.maxima.Elements, this.Latents).CopyTo(maxima);
    }

    protected override void Dispose(bool disposing)
    {
        this.counts.Dispose();
        this.histogram.Dispose();
        this.linearHistogram.Dispose();
        Array.ForEach(this.sumsOfPowers, sums => sums.Dispose());
        this.minima.Dispose();
        this.maxima.Dispose();
    }

    private static long[] ReadAll(HostLongBuffer buffer) =>
        new Span<long>(buffer.Elements, checked((int)buffer.Length)).ToArray();

    private static double[] ReadAll(HostRealBuffer<double> buffer) =>
        new Span<double>(buffer.Elements, checked((int)buffer.Length)).ToArray();
}
