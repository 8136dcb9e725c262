namespace SaeKernels.Metrics;

/// <summary>Vectors to measure, wherever they lie: how many there are, and how to read a range of them.</summary>
/// <remarks>Metrics know no files. <c>StoreSource.Of</c> makes a source of an activation store.</remarks>
public sealed record VectorSource
{
    /// <summary>The number of vectors.</summary>
    public required long Count { get; init; }

    /// <summary>The elements of a vector.</summary>
    public required int DIn { get; init; }

    /// <summary>Reads whole vectors from the given one on into a span of a multiple of DIn elements.</summary>
    public required Action<long, Span<float>> Read { get; init; }

    /// <summary>Reads the tokens of vectors; null where the data has none.</summary>
    public Action<long, Span<long>>? ReadTokenIds { get; init; }

    /// <summary>Reads the documents of vectors; null where the data has none.</summary>
    public Action<long, Span<long>>? ReadDocumentIds { get; init; }

    /// <summary>Reads the positions of vectors in their documents; null where the data has none.</summary>
    public Action<long, Span<long>>? ReadPositions { get; init; }
}
