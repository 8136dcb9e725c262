using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The TopK loss with AuxK, its gradients, and the training step that applies them.</summary>
/// <remarks>Source: Gao et al. 2024, §2.3.</remarks>
public sealed class TopKObjective : SelectionObjective
{
    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = TrainingOf(
        TopKSae.Architecture,
        (backend, parameters, options) => new TopKObjective(backend, parameters, options));

    /// <summary>The rows of both transcoders in <see cref="TrainingObjectives.All"/>.</summary>
    /// <remarks>Their loss is that of TopK with y in the place of x, and of y − W_skip·x with a skip path.</remarks>
    public static IReadOnlyList<ArchitectureTraining> TranscoderTrainings { get; } =
    [
        Training with { Architecture = TopKSae.TranscoderArchitecture.Id },
        Training with { Architecture = TopKSae.SkipTranscoderArchitecture.Id },
    ];

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public TopKObjective(IComputeBackend backend, SaeParameters parameters, SelectionObjectiveOptions options)
        : base(backend, parameters, options)
    {
    }

    private protected override void Encode(RealMatrix input, int k, AuxSelection? aux) =>
        this.Backend.EncodeTopK(new EncodeTopKArguments
        {
            Input = input,
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            K = k,
            Codes = this.Codes,
            Aux = aux,
        });
}
