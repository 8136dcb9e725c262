using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The objective of each architecture.</summary>
internal static class TrainingObjectives
{
    /// <summary>Whether an architecture is trained with an L1 penalty, and has no K.</summary>
    public static bool HasPenalty(string architecture) =>
        architecture == ReluSae.Architecture.Id || architecture == ReluSae.NormWeightedArchitecture.Id;

    /// <summary>Allocates what the steps of a run need.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model.</param>
    /// <param name="plan">The run.</param>
    /// <param name="variance">The variance of a vector that the loss is measured in.</param>
    public static TrainingObjective Create(
        IComputeBackend backend, SaeParameters parameters, TrainingPlan plan, double variance) =>
        HasPenalty(plan.Architecture)
            ? new ReluObjective(backend, parameters, new ReluObjectiveOptions
            {
                Batch = plan.Batch,
                L1Coefficient = plan.L1Coefficient,
                L1WarmupSteps = plan.L1WarmupSteps,
                ByDecoderNorm = plan.Architecture == ReluSae.NormWeightedArchitecture.Id,
                DeadAfterTokens = plan.DeadAfterTokens,
                Variance = variance,
                MaxGradientNorm = plan.MaxGradientNorm,
            })
            : new TopKObjective(backend, parameters, new TopKObjectiveOptions
            {
                Batch = plan.Batch,
                K = plan.K,
                AuxKAlpha = plan.AuxKAlpha,
                AuxK = plan.AuxK,
                DeadAfterTokens = plan.DeadAfterTokens,
                Variance = variance,
                MaxGradientNorm = plan.MaxGradientNorm,
            });
}
