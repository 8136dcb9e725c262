using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The loss of an encoder that keeps the largest of each group of latents, with AuxK, its gradients, and the training
/// step that applies them.
/// </summary>
/// <remarks>
/// A gradient goes to the latent that its group kept, and only where that is positive. Dead latents are revived across
/// groups. Source: EleutherAI's sparsify, version 1.3, activation <c>groupmax</c>; AuxK: Gao et al. 2024.
/// </remarks>
public sealed class GroupMaxObjective : SelectionObjective
{
    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = TrainingOf(
        GroupMaxSae.Architecture,
        (backend, parameters, options) => new GroupMaxObjective(backend, parameters, options)) with
    {
        Options = ArchitectureOptions.K | ArchitectureOptions.AuxK,
        HasGroups = true,
    };

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public GroupMaxObjective(IComputeBackend backend, SaeParameters parameters, SelectionObjectiveOptions options)
        : base(backend, parameters, options)
    {
    }

    private protected override void Encode(RealMatrix input, int k, AuxSelection? aux) =>
        this.Backend.EncodeGroupMax(new EncodeGroupMaxArguments
        {
            Input = input,
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            K = k,
            Codes = this.Codes,
            Aux = aux,
        });
}
