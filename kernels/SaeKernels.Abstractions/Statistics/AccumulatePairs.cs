namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.AccumulatePairs"/>.</summary>
public readonly record struct AccumulatePairsArguments
{
    /// <summary>The number of rows of the batch.</summary>
    public required int Rows { get; init; }

    /// <summary>The codes of the first model.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>The codes of the other model for the same rows; may be the first codes.</summary>
    public required SparseCodes OtherCodes { get; init; }

    /// <summary>The sums that the batch is added to; made by the same backend.</summary>
    public required PairStatistics Statistics { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.AccumulatePairs);
        Shape.RequireLength(Operation, nameof(this.Codes), this.Codes.RowOffsets, this.Rows + 1L);
        Shape.RequireLength(Operation, nameof(this.OtherCodes), this.OtherCodes.RowOffsets, this.Rows + 1L);
        Shape.Require(
            this.Statistics is not null,
            Operation,
            $"Statistics must be given, but is missing.",
            "Call CreatePairStatistics first.");
    }
}

public partial interface IComputeBackend
{
    /// <summary>Makes empty statistics for <see cref="AccumulatePairs"/>.</summary>
    /// <param name="layout">Which pairs of latents.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no such pairs.</exception>
    PairStatistics CreatePairStatistics(PairLayout layout);

    /// <summary>
    /// Adds the products and squares of the activations of a batch for each pair of latents of two models that are
    /// active in the same row: what their correlations and masked cosines are made of.
    /// </summary>
    /// <remarks>
    /// Sums are accumulated by ascending row in float64, or in pairs of float32 that carry about 48 bits. An entry of
    /// value 0 is not active.
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void AccumulatePairs(in AccumulatePairsArguments arguments);
}
