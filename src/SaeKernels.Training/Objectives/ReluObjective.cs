using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The ReLU + L1 loss, its gradients, and the training step that applies them.</summary>
/// <remarks>
/// <para>loss = mean_b ‖x − x̂‖² / V + λ · s(t) · mean_b Σ_j n_j·z_j / √V, with V the variance of a vector estimated
/// once, s(t) = min(1, t / warm-up steps) at step t, and n_j = 1, or the length of the latent's decoder row, or of a
/// crosscoder the sum of the lengths of the row's parts, one for each site. The root
/// of V makes λ independent of the data's scale: a source that adds λ·Σ z to ‖x − x̂‖² has √V times this λ.</para>
/// <para>Source: Bricken et al. 2023; Conerly et al. 2024 for the weighted penalty and the warm-up.</para>
/// </remarks>
public class ReluObjective : UnboundedObjective
{
    private readonly ReluObjectiveOptions options;
    private readonly RealBuffer sums;
    private readonly IntBuffer? siteEnds;
    private readonly PenaltyWeight penaltyWeight;
    private int lastRows;

    /// <summary>The rows of both architectures in <see cref="TrainingObjectives.All"/>.</summary>
    public static IReadOnlyList<ArchitectureTraining> Trainings { get; } =
    [
        Training(ReluSae.Architecture.Id, byDecoderNorm: false),
        Training(ReluSae.NormWeightedArchitecture.Id, byDecoderNorm: true),
    ];

    /// <summary>The row of crosscoders in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining CrosscoderTraining { get; } =
        Training(ReluSae.CrosscoderArchitecture.Id, byDecoderNorm: true);

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public ReluObjective(IComputeBackend backend, SaeParameters parameters, ReluObjectiveOptions options)
        : this(backend, parameters, options, residualBlocks: 1)
    {
    }

    /// <summary>Allocates what a step needs that takes several residuals of a batch.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    /// <param name="residualBlocks">How many residuals.</param>
    private protected ReluObjective(
        IComputeBackend backend, SaeParameters parameters, ReluObjectiveOptions options, int residualBlocks)
        : base(backend, parameters, Shared(options, residualBlocks))
    {
        this.options = options;
        this.penaltyWeight = new PenaltyWeight(backend, options);
        this.sums = backend.AllocateReal("PenaltySums", parameters.WEnc.Rows);
        if (options.Sites is IReadOnlyList<int> widths)
        {
            int end = 0;
            int[] ends = [.. widths.Select(width => end += width)];
            this.siteEnds = backend.AllocateInt("SiteEnds", ends.Length);
            this.siteEnds.Upload(ends);
        }
    }

    /// <summary>How what an activation costs grows with it.</summary>
    private protected virtual PenaltyCurve Curve => PenaltyCurve.Linear;

    /// <summary>A factor on λ that belongs to the curve.</summary>
    private protected virtual double CurveScale => 1;

    /// <summary>What λ is measured in.</summary>
    private protected virtual double PenaltyUnit => 1 / Math.Sqrt(this.options.Variance);

    /// <summary>Receives what each latent costs, [DSae].</summary>
    private protected virtual RealBuffer PenaltySums => this.sums;

    private protected override bool CountsFiredFirst => this.penaltyWeight.IsAdapted;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> SaveState() => this.penaltyWeight.Save();

    /// <inheritdoc/>
    public override void RestoreState(IReadOnlyDictionary<string, double> state) => this.penaltyWeight.Restore(state);

    /// <inheritdoc/>
    public override StepReport Report()
    {
        StepReport report = this.Scalars.Read(this.options.Variance, auxKAlpha: 0, this.Parameters.WEnc.Rows);
        double[] costs = new double[this.PenaltySums.Length];
        this.PenaltySums.Download(costs);
        double coefficient = this.penaltyWeight.Read();
        return report with
        {
            Loss = report.Fvu + (PenaltyScale(this.lastRows, coefficient) * costs.Sum()),
            SparsityCoefficient = coefficient * this.CurveScale,
        };
    }

    private protected override void Forward(RealMatrix x, long step)
    {
        EncodeAndDecode(x);
        this.lastRows = x.Rows;
        this.penaltyWeight.Begin(step);
    }

    private protected override void AdaptPenalty(long step) => this.penaltyWeight.Adapt(step, this.Scalars.L0);

    private protected override LatentGradientInputs Inputs(RealMatrix x) =>
        EntryInputs(x, this.options.ProjectDecoderGradient && !this.options.ByDecoderNorm) with
        {
            Penalty = new SparsityPenalty
            {
                Scale = PenaltyScale(x.Rows, this.penaltyWeight.Scale),
                Factor = this.penaltyWeight.Factor,
                ByDecoderNorm = this.options.ByDecoderNorm,
                Curve = this.Curve,
                SiteEnds = this.siteEnds,
                Sites = this.options.Sites?.Count ?? 1,
                SiteAlignment = (this.options.Sites ?? []).All(width => width % 4 == 0) ? 4 : 1,
                Sums = this.PenaltySums,
            },
        };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.sums.Dispose();
        this.siteEnds?.Dispose();
        this.penaltyWeight.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>What a run says about the loss.</summary>
    internal static ReluObjectiveOptions OptionsOf(TrainingPlan plan, double variance, bool byDecoderNorm) =>
        new()
        {
            Batch = plan.Batch,
            L1Coefficient = plan.L1Coefficient,
            TargetL0 = plan.TargetL0,
            Steps = plan.Steps,
            L1WarmupSteps = plan.L1WarmupSteps,
            ByDecoderNorm = byDecoderNorm,
            Sites = plan.Sites,
            DeadAfterTokens = plan.DeadAfterTokens,
            Variance = variance,
            MaxGradientNorm = plan.MaxGradientNorm,
            InactiveCoefficient = plan.InactiveCoefficient,
        };

    private static ArchitectureTraining Training(string architecture, bool byDecoderNorm) => new(
        architecture,
        ArchitectureOptions.L1Coefficient
            | ArchitectureOptions.TargetL0
            | (byDecoderNorm ? ArchitectureOptions.None : ArchitectureOptions.Resampling),
        plan => MostEntries(plan.Batch, plan.Latents),
        (backend, parameters, plan, variance) =>
            new ReluObjective(backend, parameters, OptionsOf(plan, variance, byDecoderNorm)))
    {
        // Conerly et al. 2024: random directions of length 0.05 to 1, 0.1 by default, and the encoder their transpose.
        InitialRowNorm = byDecoderNorm ? 0.1 : null,
    };

    private static SharedObjectiveOptions Shared(ReluObjectiveOptions options, int residualBlocks)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SharedObjectiveOptions(
            options.Batch,
            checked(residualBlocks * options.Batch),
            options.Variance,
            options.MaxGradientNorm,
            options.DeadAfterTokens,
            NormalizeDecoder: !options.ByDecoderNorm);
    }

    private double PenaltyScale(int rows, double coefficient) =>
        coefficient * this.CurveScale * this.PenaltyUnit / Math.Max(1, rows);
}
