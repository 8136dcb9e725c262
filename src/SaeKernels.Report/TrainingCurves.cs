namespace SaeKernels.Report;

/// <summary>Figures of the steps of training.</summary>
/// <param name="Tokens">Vectors trained on at each step that was written down.</param>
/// <param name="Series">The figures, each with a number for each step.</param>
public sealed record TrainingCurves(IReadOnlyList<long> Tokens, IReadOnlyList<TrainingSeries> Series);

/// <summary>One figure of the steps of training.</summary>
/// <param name="Name">Its column in <c>metrics.csv</c>: <c>loss</c>, <c>fvu</c>, <c>l0</c>, …</param>
/// <param name="Title">What a person reads.</param>
/// <param name="Values">One number for each step.</param>
public sealed record TrainingSeries(string Name, string Title, IReadOnlyList<double> Values);
