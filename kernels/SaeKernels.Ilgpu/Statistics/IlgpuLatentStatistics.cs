using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Ilgpu;

/// <summary>Statistics of each latent in the memory of a device; sums are pairs of float32.</summary>
internal sealed class IlgpuLatentStatistics : LatentStatistics
{
    private readonly IComputeBackend backend;

    public IlgpuLatentStatistics(IComputeBackend backend, int latents)
        : base(latents)
    {
        this.backend = backend;
        this.Counts = backend.AllocateLong("LatentStatistics.Counts", latents);
        this.Histogram = backend.AllocateLong("LatentStatistics.Histogram", (long)latents * LogBins.Count);
        this.Sums = backend.AllocateReal("LatentStatistics.Sums", 2L * latents);
        this.SumsOfSquares = backend.AllocateReal("LatentStatistics.SumsOfSquares", 2L * latents);
        this.Minima = backend.AllocateReal("LatentStatistics.Minima", latents);
        this.Maxima = backend.AllocateReal("LatentStatistics.Maxima", latents);
        float[] infinities = new float[latents];
        Array.Fill(infinities, float.PositiveInfinity);
        this.Minima.Upload(infinities);
    }

    public LongBuffer Counts { get; }

    public LongBuffer Histogram { get; }

    /// <summary>The upper parts of all sums, then the lower parts.</summary>
    public RealBuffer Sums { get; }

    /// <summary>The upper parts of all sums of squares, then the lower parts.</summary>
    public RealBuffer SumsOfSquares { get; }

    public RealBuffer Minima { get; }

    public RealBuffer Maxima { get; }

    /// <summary>The vectors seen.</summary>
    public long Rows { get; set; }

    /// <summary>The entries of a batch by latent; made anew where a batch has room for more.</summary>
    public LatentMajorList? List { get; private set; }

    public LatentMajorList ListFor(int capacity)
    {
        if (this.List is null || this.List.Capacity < capacity)
        {
            this.List?.Dispose();
            this.List = new LatentMajorList(this.backend, this.Latents, capacity);
        }

        return this.List;
    }

    public override LatentStatisticsSnapshot Read() => new()
    {
        Rows = this.Rows,
        Counts = ReadLongs(this.Counts),
        Sums = ReadPairs(this.Sums),
        SumsOfSquares = ReadPairs(this.SumsOfSquares),
        Minima = ReadReals(this.Minima),
        Maxima = ReadReals(this.Maxima),
        Histogram = ReadLongs(this.Histogram),
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            this.Counts.Dispose();
            this.Histogram.Dispose();
            this.Sums.Dispose();
            this.SumsOfSquares.Dispose();
            this.Minima.Dispose();
            this.Maxima.Dispose();
            this.List?.Dispose();
        }
    }

    private static long[] ReadLongs(LongBuffer buffer)
    {
        long[] values = new long[buffer.Length];
        buffer.Download(values);
        return values;
    }

    private static float[] ReadReals(RealBuffer buffer)
    {
        float[] values = new float[buffer.Length];
        buffer.Download(values);
        return values;
    }

    private static double[] ReadPairs(RealBuffer buffer)
    {
        float[] parts = ReadReals(buffer);
        double[] sums = new double[parts.Length / 2];
        for (int latent = 0; latent < sums.Length; latent++)
        {
            double high = parts[latent];
            sums[latent] = double.IsFinite(high) ? high + parts[sums.Length + latent] : high;
        }

        return sums;
    }
}
