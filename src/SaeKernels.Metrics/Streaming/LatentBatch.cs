namespace SaeKernels.Metrics;

/// <summary>What a model found in consecutive vectors, on the host, while a pass goes over the data.</summary>
/// <remarks>
/// The spans are valid during <see cref="LatentCollector.Add"/> only. Codes are compressed sparse rows: row b owns the
/// entries RowOffsets[b] to RowOffsets[b + 1] − 1, by ascending latent; an entry of value 0 is not active.
/// </remarks>
public readonly ref struct LatentBatch
{
    /// <summary>The number of the first vector in the whole data, counted from 0.</summary>
    public required long FirstRow { get; init; }

    /// <summary>The number of vectors.</summary>
    public required int Rows { get; init; }

    /// <summary>Where each row's entries begin, and where the last one's end, [Rows + 1].</summary>
    public required ReadOnlySpan<int> RowOffsets { get; init; }

    /// <summary>The latent of each entry, 0 to DSae − 1.</summary>
    public required ReadOnlySpan<int> Latents { get; init; }

    /// <summary>The activation of each entry.</summary>
    public required ReadOnlySpan<float> Values { get; init; }

    /// <summary>The vectors x [Rows, DIn]; empty where nobody has read them.</summary>
    public ReadOnlySpan<float> Activations { get; init; }

    /// <summary>The reconstructions x̂ [Rows, DIn]; empty unless a collector asks for them.</summary>
    public ReadOnlySpan<float> Reconstruction { get; init; }

    /// <summary>The token of each vector, [Rows]; empty where the data does not say.</summary>
    public ReadOnlySpan<long> TokenIds { get; init; }

    /// <summary>The document of each vector, [Rows]; empty where the data does not say.</summary>
    public ReadOnlySpan<long> DocumentIds { get; init; }

    /// <summary>The position of each vector in its document, [Rows]; empty where the data does not say.</summary>
    public ReadOnlySpan<long> Positions { get; init; }

    /// <summary>The tokens alone.</summary>
    public BatchTokens Tokens => new()
    {
        FirstRow = this.FirstRow,
        Rows = this.Rows,
        TokenIds = this.TokenIds,
        DocumentIds = this.DocumentIds,
        Positions = this.Positions,
    };
}
