namespace SaeKernels.Metrics;

/// <summary>The tokens of consecutive vectors, while a pass goes over the data.</summary>
/// <remarks>The spans are valid as long as those of the batch that they come from.</remarks>
public readonly ref struct BatchTokens
{
    /// <summary>The number of the first vector in the whole data, counted from 0.</summary>
    public required long FirstRow { get; init; }

    /// <summary>The number of vectors.</summary>
    public required int Rows { get; init; }

    /// <summary>The token of each vector, [Rows]; empty where the data does not say.</summary>
    public ReadOnlySpan<long> TokenIds { get; init; }

    /// <summary>The document of each vector, [Rows]; empty where the data does not say.</summary>
    public ReadOnlySpan<long> DocumentIds { get; init; }

    /// <summary>The position of each vector in its document, [Rows]; empty where the data does not say.</summary>
    public ReadOnlySpan<long> Positions { get; init; }
}
