namespace SaeKernels.Data;

/// <summary>Consecutive vectors of a store.</summary>
/// <param name="First">The first row.</param>
/// <param name="Count">The number of rows; at least 1.</param>
public readonly record struct RowRange(long First, long Count);
