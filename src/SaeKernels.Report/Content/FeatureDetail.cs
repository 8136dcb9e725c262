namespace SaeKernels.Report;

/// <summary>What the page shows of one feature. The names of the members are those of <c>report.json</c>.</summary>
internal sealed record FeatureDetail
{
    public required int Feature { get; init; }

    /// <summary>The vectors on which it is active.</summary>
    public required int Active { get; init; }

    /// <summary>Its activations in 50 equal bins from 0 to the largest.</summary>
    public required BinnedCounts Histogram { get; init; }

    /// <summary>The same by log₁₀, from the smallest to the largest.</summary>
    public required BinnedCounts LogHistogram { get; init; }

    public required CumulativeShare Cdf { get; init; }

    /// <summary>The strongest examples whose windows do not overlap.</summary>
    public required IReadOnlyList<ContextExample> Top { get; init; }

    /// <summary>Eleven equal parts of 0 to the largest activation, the highest first.</summary>
    public required IReadOnlyList<ExampleGroup> Intervals { get; init; }

    /// <summary>Ten equal slices of the ranks, the strongest first.</summary>
    public required IReadOnlyList<ExampleGroup> Deciles { get; init; }

    public required IReadOnlyList<PieceCount> Tokens { get; init; }

    public required IReadOnlyList<ProxySplit> Proxies { get; init; }

    public required IReadOnlyList<Neighbour> DecoderNeighbours { get; init; }

    public required IReadOnlyList<Neighbour> Coactive { get; init; }

    public required FeaturePair? Pair { get; init; }

    public required DimensionWeights Decoder { get; init; }

    public required DimensionValues Inputs { get; init; }

    public required LogitWeights? Logits { get; init; }

    /// <summary>Runs of 1, 2, … consecutive active tokens; the last number counts all longer ones.</summary>
    public required IReadOnlyList<int>? RunLengths { get; init; }

    public required PositionCounts? Positions { get; init; }
}

/// <summary>Equal bins between two edges and what fell into each.</summary>
internal sealed record BinnedCounts(double Low, double High, IReadOnlyList<int> Counts);

/// <summary>Some activations in ascending order and the share of all vectors that are at or below each.</summary>
internal sealed record CumulativeShare(IReadOnlyList<float> Activation, IReadOnlyList<double> Share);

/// <summary>A vector that excites a feature, with the tokens around it and the feature's activation on each.</summary>
/// <param name="Row">The vector.</param>
/// <param name="Focus">Its place among the tokens.</param>
/// <param name="Tokens">The tokens, as places in <see cref="ReportIndex.Pieces"/>.</param>
/// <param name="Values">The activations; 0 where it is silent.</param>
/// <param name="Document">The place of its text among those of the report, or −1.</param>
/// <param name="Position">Its position in the document, or −1.</param>
internal sealed record ContextExample(
    long Row, int Focus, IReadOnlyList<int> Tokens, IReadOnlyList<float> Values, int Document, long Position);

/// <summary>Activations between two bounds, how many there are, and some of them.</summary>
internal sealed record ExampleGroup(double Low, double High, long Count, IReadOnlyList<ContextExample> Examples);

/// <summary>How often a feature is active on a token, how often it comes, and the sum of the activations.</summary>
internal sealed record PieceCount(int Token, int Active, int Total, double Mass);

/// <summary>Another feature and how near it is.</summary>
internal sealed record Neighbour(int Feature, double Value);

/// <summary>Activations of two features on the same vectors.</summary>
internal sealed record FeaturePair(int Feature, int Both, IReadOnlyList<float> X, IReadOnlyList<float> Y);

/// <summary>Numbers that belong to dimensions of the activations.</summary>
internal sealed record DimensionValues(IReadOnlyList<int> Dimensions, IReadOnlyList<double> Values);

/// <summary>Weights as they are stored, which belong to dimensions of the activations.</summary>
internal sealed record DimensionWeights(IReadOnlyList<int> Dimensions, IReadOnlyList<float> Values);

/// <summary>What a feature adds to the logits, less the median.</summary>
internal sealed record LogitWeights(
    IReadOnlyList<PieceValue> Top, IReadOnlyList<PieceValue> Bottom, BinnedCounts Histogram);

/// <summary>A piece of the output vocabulary and its weight.</summary>
internal sealed record PieceValue(string Text, double Value);

/// <summary>Active and all vectors by position, in classes of some positions.</summary>
internal sealed record PositionCounts(int Width, IReadOnlyList<int> Active, IReadOnlyList<int> Total);
