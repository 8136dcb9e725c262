namespace SaeKernels.Training;

/// <summary>How far a run is, for a display.</summary>
/// <param name="Step">Steps taken.</param>
/// <param name="Steps">Steps of the whole run.</param>
/// <param name="Tokens">Vectors trained on.</param>
/// <param name="Elapsed">Time since this process began to train.</param>
/// <param name="Remaining">The time left at the pace so far; null before the first step.</param>
/// <param name="Last">The last row of metrics.csv; null before the first one.</param>
/// <param name="IsNewRow">Whether <paramref name="Last"/> was added just now.</param>
public sealed record TrainingProgress(
    long Step,
    long Steps,
    long Tokens,
    TimeSpan Elapsed,
    TimeSpan? Remaining,
    MetricsRow? Last,
    bool IsNewRow);
