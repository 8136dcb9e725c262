namespace SaeKernels.Training;

/// <summary>A published recipe.</summary>
/// <param name="Name">The name to choose it by.</param>
/// <param name="Source">Where it is published.</param>
/// <param name="Differences">What is done otherwise here, and why; empty for nothing.</param>
/// <param name="Options">The recipe for a number of latents.</param>
/// <param name="Latents">The number of latents of the source.</param>
public sealed record TrainingPreset(
    string Name, string Source, string Differences, Func<int, TrainingOptions> Options, int Latents);
