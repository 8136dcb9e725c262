namespace SaeKernels.Data;

/// <summary>What a stream of labelled tokens is made of.</summary>
public sealed record TokenStreamOptions
{
    /// <summary>The width of a vector, at least 1.</summary>
    public int DIn { get; init; } = 32;

    /// <summary>Tokens of a document, at least 1.</summary>
    public int DocumentLength { get; init; } = 128;

    /// <summary>Mean tokens until a context is drawn anew, 1 to 10,000; it may be the same one again.</summary>
    public double SegmentLength { get; init; } = 16;

    /// <summary>The share of prose, 0 to 1; the other contexts share the rest evenly.</summary>
    public double ProseShare { get; init; } = 0.6;

    /// <summary>Words of prose, 1 to 100,000; the frequency of word i is in proportion to 1 / (i + 1).</summary>
    public int Words { get; init; } = 500;

    /// <summary>The probability that a feature is active on a token of its context, 0 to 1.</summary>
    public double FireRate { get; init; } = 0.5;

    /// <summary>The probability that it is active on a token of another context, 0 to 1.</summary>
    public double FalseRate { get; init; } = 0.01;

    /// <summary>The standard deviation of normal noise on every element, at least 0.</summary>
    public double Noise { get; init; }
}
