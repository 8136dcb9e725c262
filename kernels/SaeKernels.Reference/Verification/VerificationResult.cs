namespace SaeKernels.Reference;

/// <summary>How one operation did on one shape.</summary>
/// <param name="Operation">The name of the operation, as in the interface.</param>
/// <param name="Shape">The shape and variant, for people.</param>
/// <param name="WorstError">The error of the element whose error is the largest share of its bound.</param>
/// <param name="Bound">The derived bound of that element; 0 where the result must be exact.</param>
/// <param name="WorstRatio">
/// Error over bound of that element; 0 for an exact one, +∞ where an exact one is missed.
/// </param>
/// <param name="Passed">Whether every element is within its bound and nothing else was wrong.</param>
/// <param name="Detail">The first thing that was wrong; null where nothing was.</param>
public sealed record VerificationResult(
    string Operation,
    string Shape,
    double WorstError,
    double Bound,
    double WorstRatio,
    bool Passed,
    string? Detail)
{
    /// <summary>The worst element of each output; an output without elements is not in the list.</summary>
    public required IReadOnlyList<OutputComparison> Outputs { get; init; }
}

/// <summary>The element of an output whose error is the largest share of its bound.</summary>
/// <param name="Output">The name of the output.</param>
/// <param name="Index">The element.</param>
/// <param name="Error">Its error.</param>
/// <param name="Bound">Its derived bound; 0 where it must be exact.</param>
/// <param name="Ratio">Error over bound; 0 for an exact element, +∞ where an exact one is missed.</param>
public readonly record struct OutputComparison(string Output, long Index, double Error, double Bound, double Ratio);
