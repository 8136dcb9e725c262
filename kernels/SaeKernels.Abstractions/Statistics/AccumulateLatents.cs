namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.AccumulateLatents"/>.</summary>
public readonly record struct AccumulateLatentsArguments
{
    /// <summary>The number of rows of the batch.</summary>
    public required int Rows { get; init; }

    /// <summary>The codes of the batch.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>The statistics that the batch is added to; made by the same backend.</summary>
    public required LatentStatistics Statistics { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.AccumulateLatents);
        Shape.RequireLength(Operation, nameof(this.Codes), this.Codes.RowOffsets, this.Rows + 1L);
        Shape.Require(
            this.Statistics is not null,
            Operation,
            $"Statistics must be given, but is missing.",
            "Call CreateLatentStatistics first.");
    }
}

/// <summary>Statistics of each latent's activations over all batches so far, kept on the device.</summary>
public abstract class LatentStatistics : IDisposable
{
    /// <summary>Describes statistics that have seen nothing.</summary>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    protected LatentStatistics(int latents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        this.Latents = latents;
    }

    /// <summary>The number of latents, DSae.</summary>
    public int Latents { get; }

    /// <summary>Copies the statistics from the device.</summary>
    public abstract LatentStatisticsSnapshot Read();

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees the memory.</summary>
    /// <param name="disposing">Whether managed members may still be used.</param>
    protected abstract void Dispose(bool disposing);
}

/// <summary>Statistics of each latent over the vectors seen; only active entries (value not 0) count.</summary>
public sealed record LatentStatisticsSnapshot
{
    /// <summary>The vectors seen.</summary>
    public required long Rows { get; init; }

    /// <summary>How often each latent was active, [DSae].</summary>
    public required IReadOnlyList<long> Counts { get; init; }

    /// <summary>The sum of each latent's activations, [DSae].</summary>
    public required IReadOnlyList<double> Sums { get; init; }

    /// <summary>The sum of the squares of each latent's activations, [DSae].</summary>
    public required IReadOnlyList<double> SumsOfSquares { get; init; }

    /// <summary>Each latent's smallest activation, [DSae]; +∞ where it was never active.</summary>
    public required IReadOnlyList<float> Minima { get; init; }

    /// <summary>Each latent's largest activation, [DSae]; 0 where it was never active.</summary>
    public required IReadOnlyList<float> Maxima { get; init; }

    /// <summary>
    /// How often each latent's activation fell into each bin of <c>LogBins</c>, [DSae × 128], latent after latent.
    /// </summary>
    public required IReadOnlyList<long> Histogram { get; init; }
}

public partial interface IComputeBackend
{
    /// <summary>Makes empty statistics for <see cref="AccumulateLatents"/>.</summary>
    /// <param name="latents">The number of latents, DSae.</param>
    LatentStatistics CreateLatentStatistics(int latents);

    /// <summary>Adds the activations of a batch to counts, moments, extremes and histograms of each latent.</summary>
    /// <remarks>Sums are accumulated in float64, or in pairs of float32 that carry about 48 bits.</remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void AccumulateLatents(in AccumulateLatentsArguments arguments);
}
