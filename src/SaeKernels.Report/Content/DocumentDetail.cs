namespace SaeKernels.Report;

/// <summary>A text and what is active on each of its tokens, by ascending feature.</summary>
internal sealed record DocumentDetail
{
    public required long Id { get; init; }

    /// <summary>The vector of the first token.</summary>
    public required long FirstRow { get; init; }

    public required IReadOnlyList<int> Tokens { get; init; }

    public required IReadOnlyList<IReadOnlyList<int>> Features { get; init; }

    public required IReadOnlyList<IReadOnlyList<float>> Values { get; init; }

    /// <summary>1 more than the number of the feature's activations that are larger.</summary>
    public required IReadOnlyList<IReadOnlyList<int>> Ranks { get; init; }
}
