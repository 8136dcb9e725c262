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

public partial interface IComputeBackend
{
    /// <summary>Makes empty statistics for <see cref="AccumulateLatents"/>.</summary>
    /// <param name="layout">What is kept of each latent.</param>
    /// <exception cref="ArgumentException">The layout is faulty.</exception>
    LatentStatistics CreateLatentStatistics(LatentStatisticsLayout layout);

    /// <summary>Adds the activations of a batch to counts, moments, extremes and histograms of each latent.</summary>
    /// <remarks>
    /// <para>Sums are accumulated in float64, or in pairs of float32 that carry about 48 bits. In pairs, fourth powers
    /// pass the largest float32 where activations pass 4·10⁹ (the sum is ∞ then), and lose digits where they are below
    /// 10⁻⁸.</para>
    /// <para>The linear bin of v is ⌊v · s⌋ with s = LinearBins / LinearUpper of its latent, both rounded to float32;
    /// what lies above the edge, and NaN, falls into the last bin. So every backend counts exactly alike.</para>
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void AccumulateLatents(in AccumulateLatentsArguments arguments);
}
