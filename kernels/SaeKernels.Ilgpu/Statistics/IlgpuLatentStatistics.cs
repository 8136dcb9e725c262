using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>Statistics of each latent in the memory of a device; sums are pairs of float32.</summary>
internal sealed class IlgpuLatentStatistics : LatentStatistics
{
    /// <summary>Sums of the first, second, third and fourth powers.</summary>
    private const int Powers = 4;

    private readonly IComputeBackend backend;
    private LatentMajorList? list;

    public IlgpuLatentStatistics(IComputeBackend backend, LatentStatisticsLayout layout)
        : base(layout)
    {
        long latents = layout.Latents;
        this.backend = backend;
        this.Counts = backend.AllocateLong("LatentStatistics.Counts", latents);
        this.Histogram = backend.AllocateLong("LatentStatistics.Histogram", latents * LogBins.Count);
        this.LinearHistogram = backend.AllocateLong("LatentStatistics.LinearHistogram", latents * layout.LinearBins);
        this.LinearScales = backend.AllocateReal("LatentStatistics.LinearScales", layout.LinearBins > 0 ? latents : 0);
        this.Sums = backend.AllocateReal("LatentStatistics.Sums", 2 * Powers * latents);
        this.Minima = backend.AllocateReal("LatentStatistics.Minima", latents);
        this.Maxima = backend.AllocateReal("LatentStatistics.Maxima", latents);
        float[] numbers = new float[latents];
        Array.Fill(numbers, float.PositiveInfinity);
        this.Minima.Upload(numbers);
        for (int latent = 0; latent < this.LinearScales.Length; latent++)
        {
            numbers[latent] = layout.LinearBinsOf(latent).Scale;
        }

        this.LinearScales.Upload(numbers.AsSpan(0, (int)this.LinearScales.Length));
    }

    public LongBuffer Counts { get; }

    public LongBuffer Histogram { get; }

    public LongBuffer LinearHistogram { get; }

    /// <summary>Linear bins to a unit, of each latent; empty where there are no linear bins.</summary>
    public RealBuffer LinearScales { get; }

    /// <summary>For each power the upper parts of all sums, then the lower parts.</summary>
    public RealBuffer Sums { get; }

    public RealBuffer Minima { get; }

    public RealBuffer Maxima { get; }

    /// <summary>The vectors seen.</summary>
    public long Rows { get; set; }

    /// <summary>The entries of a batch by latent; made anew where a batch has room for more.</summary>
    public LatentMajorList ListFor(int capacity) =>
        LatentMajorList.WithRoom(ref this.list, this.backend, this.Latents, capacity);

    public override LatentStatisticsSnapshot Read() => new()
    {
        Rows = this.Rows,
        Counts = ReadLongs(this.Counts),
        Sums = ReadSums(power: 1),
        SumsOfSquares = ReadSums(power: 2),
        SumsOfCubes = ReadSums(power: 3),
        SumsOfFourthPowers = ReadSums(power: 4),
        Minima = ReadReals(this.Minima, 0),
        Maxima = ReadReals(this.Maxima, 0),
        Histogram = ReadLongs(this.Histogram),
        LinearHistogram = ReadLongs(this.LinearHistogram),
    };

    public override void ReadExtremes(Span<float> minima, Span<float> maxima)
    {
        this.Minima.Download(minima);
        this.Maxima.Download(maxima);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.Counts.Dispose();
            this.Histogram.Dispose();
            this.LinearHistogram.Dispose();
            this.LinearScales.Dispose();
            this.Sums.Dispose();
            this.Minima.Dispose();
            this.Maxima.Dispose();
            this.list?.Dispose();
        }
    }

    private static long[] ReadLongs(LongBuffer buffer)
    {
        long[] values = new long[buffer.Length];
        buffer.Download(values);
        return values;
    }

    private float[] ReadReals(RealBuffer buffer, long offset)
    {
        float[] values = new float[this.Latents];
        buffer.Download(values, offset);
        return values;
    }

    private double[] ReadSums(int power)
    {
        long offset = 2L * (power - 1) * this.Latents;
        float[] highs = ReadReals(this.Sums, offset);
        float[] lows = ReadReals(this.Sums, offset + this.Latents);
        double[] sums = new double[this.Latents];
        for (int latent = 0; latent < sums.Length; latent++)
        {
            sums[latent] = TwoFloat.ToDouble(highs[latent], lows[latent]);
        }

        return sums;
    }
}
