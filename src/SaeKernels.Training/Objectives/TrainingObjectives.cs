using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>How each architecture is trained.</summary>
public static class TrainingObjectives
{
    /// <summary>All of them, in the order of <see cref="SaeArchitectures.All"/>.</summary>
    public static IReadOnlyList<ArchitectureTraining> All { get; } =
    [
        TopKObjective.Training,
        MultiTopKObjective.Training,
        GroupMaxObjective.Training,
        BatchTopKObjective.Training,
        MatryoshkaObjective.Training,
        .. ReluObjective.Trainings,
        PAnnealObjective.Training,
        MatryoshkaReluObjective.Training,
        JumpReluObjective.Training,
        JumpReluTanhObjective.Training,
        GatedObjective.Training,
        .. TopKObjective.TranscoderTrainings,
        ReluObjective.CrosscoderTraining,
        BatchTopKObjective.CrosscoderTraining,
    ];

    /// <summary>Returns how an architecture is trained.</summary>
    /// <param name="architecture">Its id.</param>
    /// <exception cref="ArgumentException">There is none of that id; the message lists those there are.</exception>
    public static ArchitectureTraining Get(string architecture) =>
        All.First(training => training.Architecture == SaeArchitectures.Get(architecture).Id);

    /// <summary>The architectures that have an option, as a text such as <c>topk, relu</c>.</summary>
    /// <param name="options">The option.</param>
    public static string With(ArchitectureOptions options) =>
        string.Join(", ", All.Where(training => training.Has(options)).Select(training => training.Architecture));

    /// <summary>Allocates what the steps of a run need.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model.</param>
    /// <param name="plan">The run.</param>
    /// <param name="variance">The variance of a vector that the loss is measured in.</param>
    internal static TrainingObjective Create(
        IComputeBackend backend, SaeParameters parameters, TrainingPlan plan, double variance)
    {
        TrainingObjective objective = Get(plan.Architecture).Create(backend, parameters, plan, variance);
        objective.TrainsDecoderBias = plan.DecoderBias != DecoderBiasStart.None;
        return objective;
    }
}
