using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.PeerBench;

/// <summary>What a run measures.</summary>
internal sealed record BenchPlan
{
    public required IReadOnlyList<StepShape> Shapes { get; init; }

    public required IReadOnlyList<EncoderPrecision> Ours { get; init; }

    public required IReadOnlyList<string> Peers { get; init; }

    public required int Rounds { get; init; }

    public required int Threads { get; init; }

    public required int StepsForLoss { get; init; }

    public required ResultFiles Results { get; init; }
}
