namespace SaeKernels.Reference;

/// <summary>How one operation did on one shape.</summary>
/// <param name="Operation">The name of the operation, as in the interface.</param>
/// <param name="Shape">The shape and variant, for people.</param>
/// <param name="WorstError">The error of the element whose error is the largest share of its bound.</param>
/// <param name="Bound">The derived bound of that element; 0 where the result must be exact.</param>
/// <param name="WorstRatio">Error over bound of that element; 0 for an exact one, +∞ where an exact one is missed.</param>
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
    /// <summary>The output that holds the worst element; null where there are no elements.</summary>
    public string? WorstOutput { get; init; }

    /// <summary>The index of the worst element in its output.</summary>
    public long WorstIndex { get; init; }
}
