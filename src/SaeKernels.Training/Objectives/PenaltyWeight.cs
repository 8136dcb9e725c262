using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The weight λ · s(t) of a sparsity penalty: given, or adapted so that a wanted L0 is reached.</summary>
internal sealed class PenaltyWeight : IDisposable
{
    private readonly ReluObjectiveOptions options;
    private readonly SparsityController? controller;

    /// <summary>Begins before the first step.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="options">The loss.</param>
    public PenaltyWeight(IComputeBackend backend, ReluObjectiveOptions options)
    {
        this.options = options;
        this.controller = options switch
        {
            { TargetL0: <= 0 } => null,
            { PenaltyStep: > 0 } => SparsityController.BySteps(
                backend, options.TargetL0, options.PenaltyStep, options.L1WarmupSteps, Math.Sqrt(options.Variance)),
            _ => new SparsityController(
                backend, options.TargetL0, options.Steps, options.L1WarmupSteps, options.FirstCoefficient),
        };
    }

    /// <summary>Whether it follows the L0 of the batches.</summary>
    public bool IsAdapted => this.controller is not null;

    /// <summary>The part of the step's weight that the host knows.</summary>
    public double Scale { get; private set; }

    /// <summary>The part that the device adapts; null where the weight is given.</summary>
    public ScalarSlot? Factor => this.controller?.Coefficient;

    /// <summary>Begins a step.</summary>
    /// <param name="step">Counted from 1.</param>
    public void Begin(long step)
    {
        double warmup = this.options.L1WarmupSteps;
        this.Scale = this.controller is null
            ? this.options.L1Coefficient * (warmup > 0 ? Math.Min(1, step / warmup) : 1)
            : 1;
    }

    /// <summary>Adapts the step's weight, where it is not given.</summary>
    /// <param name="step">Counted from 1.</param>
    /// <param name="l0">The mean number of active latents of its batch.</param>
    public void Adapt(long step, ScalarSlot l0) => this.controller?.Adapt(step, l0);

    /// <summary>Waits for the device and returns the weight of the last step.</summary>
    public double Read() => this.Scale * (this.controller?.Read() ?? 1);

    /// <summary>Waits for the device and returns what later weights depend on.</summary>
    public IReadOnlyDictionary<string, double> Save() =>
        this.controller?.SaveState() ?? new Dictionary<string, double>();

    /// <summary>Continues from what <see cref="Save"/> returned.</summary>
    /// <param name="state">The numbers.</param>
    public void Restore(IReadOnlyDictionary<string, double> state) => this.controller?.RestoreState(state);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => this.controller?.Dispose();
}
