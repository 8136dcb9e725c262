using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The BatchTopK loss with AuxK, its gradients, the training step that applies them, and the running threshold that
/// takes the place of the batch at inference.
/// </summary>
/// <remarks>Source: Bussmann et al. 2024, §3.</remarks>
public class BatchTopKObjective : SelectionObjective
{
    private readonly RunningThreshold threshold;

    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = TrainingOf(
        BatchTopKSae.Architecture,
        (backend, parameters, options) => new BatchTopKObjective(backend, parameters, options));

    /// <summary>The row of crosscoders in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining CrosscoderTraining { get; } =
        Training with { Architecture = BatchTopKSae.CrosscoderArchitecture.Id };

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public BatchTopKObjective(IComputeBackend backend, SaeParameters parameters, SelectionObjectiveOptions options)
        : base(backend, parameters, options) =>
        this.threshold = new RunningThreshold(backend, parameters.LatentVector(LatentVector.ThresholdName));

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> SaveState() => this.threshold.Save();

    /// <inheritdoc/>
    public override void RestoreState(IReadOnlyDictionary<string, double> state) => this.threshold.Restore(state);

    /// <inheritdoc/>
    public override StepReport Report()
    {
        this.threshold.Read();
        return base.Report();
    }

    private protected override void Forward(RealMatrix x, long step)
    {
        if (step > 1 && this.Options.KAt(step) < this.Options.KAt(step - 1))
        {
            this.threshold.Restart();
        }

        base.Forward(x, step);
    }

    private protected override void Encode(RealMatrix input, int k, AuxSelection? aux) =>
        this.Backend.EncodeBatchTopK(new EncodeBatchTopKArguments
        {
            Input = input,
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            K = k,
            Codes = this.Codes,
            Cut = this.threshold.Cut,
            Aux = aux,
        });

    private protected override void FinishStep() => this.threshold.Advance();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.threshold.Dispose();
        base.Dispose(disposing);
    }
}
