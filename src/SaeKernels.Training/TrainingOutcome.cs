namespace SaeKernels.Training;

/// <summary>How a call of <see cref="TrainingSession.Run"/> ended.</summary>
/// <param name="Completed">Whether all steps were taken; otherwise the run was interrupted and saved.</param>
/// <param name="Step">Steps taken in all.</param>
/// <param name="Tokens">Vectors trained on in all.</param>
/// <param name="Elapsed">Time of this call.</param>
/// <param name="TokensPerSecond">Vectors a second of this call.</param>
/// <param name="CheckpointPath">The newest checkpoint.</param>
public sealed record TrainingOutcome(
    bool Completed,
    long Step,
    long Tokens,
    TimeSpan Elapsed,
    double TokensPerSecond,
    string CheckpointPath);
