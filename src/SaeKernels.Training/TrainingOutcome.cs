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
    string CheckpointPath)
{
    /// <summary>
    /// What a vector cost in this call, in microseconds of the thread that took the steps; 0 where the run was not in a
    /// <see cref="TrainingGroup"/>. Reading the vectors is not in it.
    /// </summary>
    public double StepMicroseconds { get; init; }
}
