using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The JumpReLU loss with a penalty that saturates, and a loss on what is not active: no latent dies, and no constraint
/// holds the decoder.
/// </summary>
/// <remarks>
/// <para>loss = mean_b ‖x − x̂‖² / V + λ · s(t) · mean_b Σ_j tanh(c · f_j · n_j / σ)
/// + λ_P / DIn · mean_b Σ_j max(θ_j − z_j, 0) · n_j / σ, with n_j the length of the latent's decoder row,
/// σ = √(V / DIn) the deviation of a coordinate of the input, and s(t) as in <see cref="ReluObjective"/>. The
/// rectangle's gradient reaches all parameters. A source that measures inputs in σ, and adds λ′ · Σ tanh to ‖x − x̂‖²,
/// has λ′ = DIn · λ.</para>
/// <para>Thresholds, their start and the rectangle's width are measured in σ, and so is their learning rate; they are
/// trained themselves, not as exp(t) (decision 17).</para>
/// <para>Source: Conerly et al., "Dictionary learning optimization techniques", January 2025.</para>
/// </remarks>
public sealed class JumpReluTanhObjective : ReluObjective
{
    internal const double Slope = 4;
    internal const double RectangleWidth = 2;
    private const double InitialThreshold = 0.1;

    // An active latent costs λ, however strong it is: about what the last of k latents is worth (decision 17).
    private const double FirstOfTarget = 0.04;
    private readonly TrainedThreshold threshold;
    private readonly InactiveLoss inactive;

    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = new(
        JumpReluSae.TanhArchitecture.Id,
        ArchitectureOptions.L1Coefficient | ArchitectureOptions.TargetL0 | ArchitectureOptions.Inactive,
        plan => MostEntries(plan.Batch, plan.Latents),
        (backend, parameters, plan, variance) => new JumpReluTanhObjective(
            backend, parameters, OptionsOf(plan, variance, byDecoderNorm: true) with
            {
                FirstCoefficient = FirstOfTarget / Math.Max(1, plan.TargetL0),
            }))
    {
        // Entries drawn from U(−1/√DIn, 1/√DIn) have a mean square of 1 / (3 · DIn).
        InitialRowNorm = 1 / Math.Sqrt(3),
        WarmsUpAllTheWay = true,
        PenaltyWarmupParts = 2,
        InactiveCoefficient = 3e-6,
        NumbersOfLatent = 1,
    };

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch; weighted by decoder norms.</param>
    public JumpReluTanhObjective(IComputeBackend backend, SaeParameters parameters, ReluObjectiveOptions options)
        : base(backend, parameters, options)
    {
        double deviation = Math.Sqrt(options.Variance / parameters.WEnc.Columns);
        this.threshold = new TrainedThreshold(backend, parameters, deviation, RectangleWidth, InitialThreshold);
        this.inactive = new InactiveLoss(
            backend, parameters, options.InactiveCoefficient, options.Variance, byDecoderNorm: true);
    }

    private protected override RealBuffer Threshold => this.threshold.Values;

    private protected override double Bandwidth => this.threshold.Bandwidth;

    private protected override PenaltyCurve Curve => PenaltyCurve.Tanh(Slope / this.threshold.Unit);

    private protected override double PenaltyUnit => 1;

    /// <inheritdoc/>
    public override StepReport Report()
    {
        StepReport report = base.Report();
        return report with { Loss = report.Loss + this.inactive.Read() };
    }

    internal override void InitializeLatentVectors() => this.threshold.Initialize();

    private protected override LatentGradientInputs Inputs(RealMatrix x) => base.Inputs(x) with
    {
        Threshold = this.threshold.Inputs() with { FlowsToInput = true },
        Inactive = this.inactive.Inputs(x.Rows, mask: null),
    };

    private protected override RealBuffer LatentVectorGradient(string name) => this.threshold.Gradients;

    private protected override double LatentVectorRate(string name) => this.threshold.Unit;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.threshold.Dispose();
        this.inactive.Dispose();
        base.Dispose(disposing);
    }
}
