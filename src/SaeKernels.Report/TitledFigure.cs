namespace SaeKernels.Report;

/// <summary>A figure of a run.</summary>
/// <param name="Name">Its name in <c>eval.json</c>.</param>
/// <param name="Title">What a person reads.</param>
/// <param name="Value">The number; NaN and infinities are written by name.</param>
public sealed record TitledFigure(string Name, string Title, double Value);
