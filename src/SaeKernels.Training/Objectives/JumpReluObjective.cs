using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The JumpReLU loss with a penalty on L0, its straight-through gradients, and the step that applies them.
/// </summary>
/// <remarks>
/// <para>loss = mean_b ‖x − x̂‖² / V + s(t) · P, with V the variance of a vector estimated once, s(t) = min(1, t /
/// warm-up steps) at step t, and P = λ · L0, or c · (L0 / wanted − 1)² where a mean L0 is wanted.</para>
/// <para>Thresholds, their start and the rectangle's width are measured in √V, in which vectors have variance 1, and so
/// is the learning rate of thresholds: a model of scaled data takes the same steps. The squared distance needs the L0
/// of the batch, which stays on the device.</para>
/// <para>Where asked, dead latents also pay for what is not active (<see cref="InactivePenalty"/>), which pulls them
/// towards their threshold.</para>
/// <para>Source: Rajamanoharan et al. 2024, §3 (λ · L0; ε = θ₀ = 0.001); the quadratic penalty: dictionary_learning's
/// JumpReLU trainer.</para>
/// </remarks>
public sealed class JumpReluObjective : UnboundedObjective
{
    private readonly JumpReluObjectiveOptions options;
    private readonly TrainedThreshold threshold;
    private readonly InactiveLoss inactive;
    private double lastWarmup;

    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = new(
        JumpReluSae.Architecture.Id,
        ArchitectureOptions.L1Coefficient | ArchitectureOptions.TargetL0 | ArchitectureOptions.Inactive,
        plan => MostEntries(plan.Batch, plan.Latents),
        (backend, parameters, plan, variance) => new JumpReluObjective(backend, parameters, new JumpReluObjectiveOptions
        {
            Batch = plan.Batch,
            Coefficient = plan.L1Coefficient,
            TargetL0 = plan.TargetL0,
            WarmupSteps = plan.L1WarmupSteps,
            DeadAfterTokens = plan.DeadAfterTokens,
            Variance = variance,
            MaxGradientNorm = plan.MaxGradientNorm,
            InactiveCoefficient = plan.InactiveCoefficient,
        }))
    {
        NumbersOfLatent = 1,
    };

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public JumpReluObjective(IComputeBackend backend, SaeParameters parameters, JumpReluObjectiveOptions options)
        : base(backend, parameters, Shared(options))
    {
        this.options = options;
        this.threshold = new TrainedThreshold(
            backend, parameters, Math.Sqrt(options.Variance), options.Bandwidth, options.InitialThreshold);
        this.inactive = new InactiveLoss(
            backend, parameters, options.InactiveCoefficient, options.Variance, byDecoderNorm: false);
    }

    private protected override RealBuffer Threshold => this.threshold.Values;

    private protected override double Bandwidth => this.threshold.Bandwidth;

    private protected override bool CountsFiredFirst => true;

    /// <inheritdoc/>
    public override StepReport Report()
    {
        StepReport report = this.Scalars.Read(this.options.Variance, auxKAlpha: 0, this.Parameters.WEnc.Rows);
        double distance = (report.L0 / this.options.TargetL0) - 1;
        double penalty = this.options.TargetL0 > 0
            ? this.options.TargetCoefficient * distance * distance
            : this.options.Coefficient * report.L0;
        return report with
        {
            Loss = report.Fvu + (this.lastWarmup * penalty) + this.inactive.Read(),
            SparsityCoefficient = this.lastWarmup
                * (this.options.TargetL0 > 0 ? this.options.TargetCoefficient : this.options.Coefficient),
        };
    }

    internal override void InitializeLatentVectors() => this.threshold.Initialize();

    private protected override void Forward(RealMatrix x, long step)
    {
        EncodeAndDecode(x);
        double warmup = this.options.WarmupSteps;
        this.lastWarmup = warmup > 0 ? Math.Min(1, step / warmup) : 1;
    }

    private protected override LatentGradientInputs Inputs(RealMatrix x)
    {
        double share = this.lastWarmup / Math.Max(1, x.Rows);
        double wanted = this.options.TargetL0;
        double slope = 2 * share * this.options.TargetCoefficient;
        JumpThreshold jump = this.threshold.Inputs() with
        {
            StepScale = wanted > 0 ? -slope / wanted : share * this.options.Coefficient,
            StepScalePerL0 = wanted > 0 ? slope / (wanted * wanted) : 0,
            L0 = wanted > 0 ? this.Scalars.L0 : null,
        };
        return EntryInputs(x, this.options.ProjectDecoderGradient) with
        {
            Threshold = jump,
            Inactive = this.inactive.Inputs(x.Rows, this.DeadMask),
        };
    }

    private protected override RealBuffer LatentVectorGradient(string name) => this.threshold.Gradients;

    private protected override double LatentVectorRate(string name) => this.threshold.Unit;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.threshold.Dispose();
        this.inactive.Dispose();
        base.Dispose(disposing);
    }

    private static SharedObjectiveOptions Shared(JumpReluObjectiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SharedObjectiveOptions(
            options.Batch,
            options.Batch,
            options.Variance,
            options.MaxGradientNorm,
            options.DeadAfterTokens,
            NormalizeDecoder: true);
    }
}
