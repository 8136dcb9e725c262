namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.NormalizeRows"/>.</summary>
public readonly record struct NormalizeRowsArguments
{
    /// <summary>The matrix; its rows are scaled in place.</summary>
    public required RealMatrix Matrix { get; init; }
}

public partial interface IComputeBackend
{
    /// <summary>Scales every row to unit Euclidean length. A row of zeros stays; a row with NaN becomes NaN.</summary>
    /// <param name="arguments">The matrix.</param>
    void NormalizeRows(in NormalizeRowsArguments arguments);
}
