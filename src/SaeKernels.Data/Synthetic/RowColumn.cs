namespace SaeKernels.Data;

/// <summary>A whole number that belongs to each row beside its vector.</summary>
/// <param name="Name">The tensor in a file, such as <c>token_ids</c>.</param>
/// <param name="NumberOf">Returns the number of a row; called by several threads.</param>
public sealed record RowColumn(string Name, Func<long, long> NumberOf);
