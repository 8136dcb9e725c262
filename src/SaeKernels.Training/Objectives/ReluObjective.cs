using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>The ReLU + L1 loss, its gradients, and the training step that applies them.</summary>
/// <remarks>
/// <para>loss = mean_b ‖x − x̂‖² / V + λ · s(t) · mean_b Σ_j n_j·z_j / √V, with V the variance of a vector estimated
/// once, s(t) = min(1, t / warm-up steps) at step t, and n_j = 1, or the length of the latent's decoder row. The root
/// of V makes λ independent of the data's scale: a source that adds λ·Σ z to ‖x − x̂‖² has √V times this λ.</para>
/// <para>While at most an eighth of all activations are positive they are listed, and the step is sparse; a batch with
/// more goes through dense products in blocks of latents. Which it is depends on the batch and the weights alone.
/// Memory: O(batch · (DIn + DSae / 8)).</para>
/// <para>Source: Bricken et al. 2023; Conerly et al. 2024 for the weighted penalty and the warm-up.</para>
/// </remarks>
public sealed class ReluObjective : TrainingObjective
{
    // Lists are the faster way up to about three activations in ten (SIMD on two cores, 288 and 512 wide).
    private const int ListedShare = 8;
    private readonly ReluObjectiveOptions options;
    private readonly RealBuffer penaltySums;
    private readonly IntBuffer activeRows;
    private readonly SparseCodes codes;
    private readonly LatentMajorList list;
    private readonly int[] activeRowsOnHost;
    private readonly SparsityController? controller;
    private bool isDense;
    private int lastRows;
    private long lastEntries;
    private double lastCoefficient;

    /// <summary>The rows of both architectures in <see cref="TrainingObjectives.All"/>.</summary>
    public static IReadOnlyList<ArchitectureTraining> Trainings { get; } =
    [
        Training(ReluSae.Architecture.Id, byDecoderNorm: false),
        Training(ReluSae.NormWeightedArchitecture.Id, byDecoderNorm: true),
    ];

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    public ReluObjective(IComputeBackend backend, SaeParameters parameters, ReluObjectiveOptions options)
        : base(backend, parameters, Shared(options))
    {
        this.options = options;
        this.controller = options.TargetL0 > 0
            ? new SparsityController(options.TargetL0, options.Steps, options.L1WarmupSteps)
            : null;
        int latents = parameters.WEnc.Rows;
        int entries = checked((int)MostEntries(options.Batch, latents));
        this.penaltySums = backend.AllocateReal("PenaltySums", latents);
        this.activeRows = backend.AllocateInt("ActiveRows", latents);
        this.activeRowsOnHost = new int[latents];
        this.codes = new SparseCodes(backend, "Codes", options.Batch, entries);
        this.list = new LatentMajorList(backend, latents, entries);
    }

    /// <summary>The most entries of a batch that are listed.</summary>
    /// <param name="batch">Rows of the batch.</param>
    /// <param name="latents">The number of latents, DSae.</param>
    public static long MostEntries(int batch, int latents) => (long)batch * Math.Max(1, latents / ListedShare);

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> SaveState() =>
        this.controller?.SaveState() ?? base.SaveState();

    /// <inheritdoc/>
    public override void RestoreState(IReadOnlyDictionary<string, double> state) =>
        this.controller?.RestoreState(state);

    /// <inheritdoc/>
    public override StepReport Report()
    {
        StepReport report = this.Scalars.Read(this.options.Variance, auxKAlpha: 0, this.Parameters.WEnc.Rows);
        double[] sums = new double[this.penaltySums.Length];
        this.penaltySums.Download(sums);
        return report with
        {
            Loss = report.Fvu + (PenaltyScale(this.lastRows) * sums.Sum()),
            SparsityCoefficient = this.lastCoefficient,
        };
    }

    private protected override void Forward(RealMatrix x, long step)
    {
        this.lastRows = x.Rows;
        RealMatrix input = Center(x);
        // The way of the batch before comes first; where the batch must take the other one, that work was in vain.
        this.isDense = this.isDense || !TryList(input);
        if (this.isDense)
        {
            this.isDense = DecodeDense(x, input) > this.codes.Capacity || !TryList(input);
        }

        this.lastCoefficient = Coefficient(step);

        if (!this.isDense)
        {
            DecodeListed(x, this.codes);
            this.Backend.BuildLatentMajor(
                new BuildLatentMajorArguments { Rows = x.Rows, Codes = this.codes, List = this.list });
        }
    }

    private protected override LatentGradientInputs Inputs(RealMatrix x) => new()
    {
        List = this.isDense ? null : this.list,
        Relu = this.isDense ? new ReluEntries(this.Parameters.WEnc.Rows, this.Parameters.BEnc) : null,
        Input = CenteredOf(x),
        Residuals = Residuals(x),
        ResidualScale = ResidualScale(x),
        ProjectDecoderGradient = this.options.ProjectDecoderGradient && !this.options.ByDecoderNorm,
        Penalty = new SparsityPenalty
        {
            Scale = PenaltyScale(x.Rows),
            ByDecoderNorm = this.options.ByDecoderNorm,
            Sums = this.penaltySums,
        },
    };

    private protected override (SparseCodes? Codes, IntBuffer? ActiveRows) Fired() =>
        this.isDense ? (null, this.activeRows) : (this.codes, null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.penaltySums.Dispose();
        this.activeRows.Dispose();
        this.codes.Dispose();
        this.list.Dispose();
        base.Dispose(disposing);
    }

    private static ArchitectureTraining Training(string architecture, bool byDecoderNorm) => new(
        architecture,
        ArchitectureOptions.L1Coefficient | ArchitectureOptions.TargetL0,
        plan => MostEntries(plan.Batch, plan.Latents),
        (backend, parameters, plan, variance) => new ReluObjective(backend, parameters, new ReluObjectiveOptions
        {
            Batch = plan.Batch,
            L1Coefficient = plan.L1Coefficient,
            TargetL0 = plan.TargetL0,
            Steps = plan.Steps,
            L1WarmupSteps = plan.L1WarmupSteps,
            ByDecoderNorm = byDecoderNorm,
            DeadAfterTokens = plan.DeadAfterTokens,
            Variance = variance,
            MaxGradientNorm = plan.MaxGradientNorm,
        }));

    private static SharedObjectiveOptions Shared(ReluObjectiveOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SharedObjectiveOptions(
            options.Batch,
            options.Batch,
            options.Variance,
            options.MaxGradientNorm,
            options.DeadAfterTokens,
            NormalizeDecoder: !options.ByDecoderNorm);
    }

    /// <summary>Lists the active entries; false where they do not fit.</summary>
    private bool TryList(RealMatrix input)
    {
        this.Backend.EncodeThreshold(new EncodeThresholdArguments
        {
            Input = input,
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            Codes = this.codes,
        });
        this.codes.NeededEntries.Download(new Span<long>(ref this.lastEntries));
        return this.lastEntries <= this.codes.Capacity;
    }

    /// <summary>Decodes without a list, and returns how many entries it would have.</summary>
    private long DecodeDense(RealMatrix x, RealMatrix input)
    {
        this.Backend.ReluResidual(new ReluResidualArguments
        {
            Input = input,
            WEnc = this.Parameters.WEnc,
            BEnc = this.Parameters.BEnc,
            WDec = this.Parameters.WDec,
            BDec = this.Parameters.BDec,
            Targets = x,
            Residuals = Residuals(x),
            RowSquaredErrors = this.RowSquaredErrors,
            MeanSquaredError = this.Scalars.MeanSquaredError,
            ActiveRows = this.activeRows,
        });
        this.activeRows.Download(this.activeRowsOnHost);
        this.lastEntries = 0;
        foreach (int rows in this.activeRowsOnHost)
        {
            this.lastEntries += rows;
        }

        return this.lastEntries;
    }

    private double Coefficient(long step)
    {
        double l0 = (double)this.lastEntries / Math.Max(1, this.lastRows);
        double coefficient = this.controller?.Next(step, l0) ?? this.options.L1Coefficient;
        double warmup = this.options.L1WarmupSteps;
        return coefficient * (warmup > 0 ? Math.Min(1, step / warmup) : 1);
    }

    private double PenaltyScale(int rows) =>
        this.lastCoefficient / (Math.Max(1, rows) * Math.Sqrt(this.options.Variance));
}
