using SaeKernels.Abstractions;

namespace SaeKernels.Training;

/// <summary>
/// The Matryoshka ReLU loss: prefixes of the latents that are drawn anew for every step reconstruct on their own, and
/// pay for their activations on their own.
/// </summary>
/// <remarks>
/// <para>loss = 1/P · Σ_g (mean_b ‖x − x̂_g‖² / V + λ · s(t) · mean_b Σ_{j &lt; m_g} ‖W_dec[j]‖ · z_j / √V) over the P
/// prefixes m_g of <see cref="RandomPrefixes"/>, x̂_g = b_dec + Σ_{j &lt; m_g} z_j · W_dec[j], z = ReLU(p). λ and s(t)
/// are those of <see cref="ReluObjective"/>.</para>
/// <para>Activations are listed, at most <see cref="MostActive"/> a vector in the mean: while more are positive, the
/// smallest of the batch are left out, and the L0 of the step is that number. Once L0 is below it, the encoder is ReLU
/// and nothing else. Memory: O(batch · (P · DIn + MostActive)).</para>
/// <para>Source: N. Nabeshima, "Matryoshka sparse autoencoders", 2024; matryoshka-saes, sae.py.</para>
/// </remarks>
public sealed class MatryoshkaReluObjective : TrainingObjective
{
    /// <summary>Prefixes of a step, the whole dictionary included (n_prefixes of the source's example).</summary>
    public const int Prefixes = 10;

    private readonly ReluObjectiveOptions options;
    private readonly RandomPrefixes random;
    private readonly PenaltyWeight penaltyWeight;
    private readonly SparseCodes codes;
    private readonly LatentMajorList list;
    private readonly RealBuffer weights;
    private readonly RealBuffer rowLosses;
    private readonly RealBuffer sums;
    private readonly RealBuffer cut;
    private readonly int mostActive;
    private LatentPrefixes prefixes;
    private int lastRows;

    /// <summary>The architecture's row in <see cref="TrainingObjectives.All"/>.</summary>
    public static ArchitectureTraining Training { get; } = new(
        ReluSae.MatryoshkaArchitecture.Id,
        ArchitectureOptions.L1Coefficient | ArchitectureOptions.TargetL0 | ArchitectureOptions.PenaltyStep,
        plan => (long)plan.Batch * MostActive(plan.Latents, plan.TargetL0),
        (backend, parameters, plan, variance) =>
            new MatryoshkaReluObjective(
                backend,
                parameters,
                ReluObjective.OptionsOf(plan, variance, byDecoderNorm: true) with { PenaltyStep = plan.PenaltyStep },
                plan.Seed))
    {
        // W_dec = 0.1 · unit rows, W_enc the same directions as they are drawn, N(0, 1 / DIn).
        InitialRowNorm = 0.1,
        HasNormalEncoder = true,
        PenaltyWarmupParts = 5,
        ListsAll = true,
        RandomPrefixes = Prefixes,
    };

    /// <summary>Allocates what a step needs.</summary>
    /// <param name="backend">The backend that trains.</param>
    /// <param name="parameters">The model; the caller disposes it.</param>
    /// <param name="options">The loss and the largest batch.</param>
    /// <param name="seed">Determines the prefixes.</param>
    public MatryoshkaReluObjective(
        IComputeBackend backend, SaeParameters parameters, ReluObjectiveOptions options, ulong seed)
        : base(backend, parameters, Shared(options, parameters))
    {
        int latents = parameters.WEnc.Rows;
        int count = CountOf(latents);
        this.options = options;
        this.random = new RandomPrefixes(backend, seed, latents, count);
        this.penaltyWeight = new PenaltyWeight(backend, options);
        this.mostActive = MostActive(latents, options.TargetL0);
        this.codes = new SparseCodes(backend, "Codes", options.Batch, checked(options.Batch * this.mostActive));
        this.list = new LatentMajorList(backend, latents, this.codes.Capacity);
        this.weights = backend.AllocateReal("PrefixWeights", count);
        this.weights.Upload(Enumerable.Repeat(1.0, count).ToArray());
        this.rowLosses = backend.AllocateReal("RowLosses", options.Batch);
        this.sums = backend.AllocateReal("PenaltySums", latents);
        this.cut = backend.AllocateReal("Cut", 1);
    }

    /// <summary>
    /// The most activations of a vector that count, in the mean over a batch: an eighth of all, and where a number is
    /// wanted no more than eight times as many.
    /// </summary>
    /// <param name="latents">The number of latents.</param>
    /// <param name="targetL0">The wanted mean number of active latents; 0 for none.</param>
    public static int MostActive(int latents, double targetL0)
    {
        const int TimesTarget = 8;
        int most = (int)UnboundedObjective.MostEntries(1, latents);
        return targetL0 > 0 ? (int)Math.Min(most, Math.Ceiling(TimesTarget * targetL0)) : most;
    }

    private protected override bool CountsFiredFirst => this.penaltyWeight.IsAdapted;

    private protected override double ResidualWeight => 1.0 / this.random.Count;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, double> SaveState() => this.penaltyWeight.Save();

    /// <inheritdoc/>
    public override void RestoreState(IReadOnlyDictionary<string, double> state) => this.penaltyWeight.Restore(state);

    /// <inheritdoc/>
    public override StepReport Report()
    {
        StepReport report = this.Scalars.Read(this.options.Variance, auxKAlpha: 0, this.Parameters.WEnc.Rows);
        double[] costs = new double[this.sums.Length];
        this.sums.Download(costs);
        double coefficient = this.penaltyWeight.Read();
        double loss = this.ResidualWeight * this.Scalars.ReadWeightedSquaredError() / this.options.Variance;
        return report with
        {
            Loss = loss + (PenaltyScale(this.lastRows, coefficient) * costs.Sum()),
            SparsityCoefficient = coefficient,
        };
    }

    private protected override void Forward(RealMatrix x, long step)
    {
        this.lastRows = x.Rows;
        this.penaltyWeight.Begin(step);
        this.prefixes = this.random.At(step);
        Encode(Center(x));
        Decode(x);
        this.Backend.BuildLatentMajor(
            new BuildLatentMajorArguments { Rows = x.Rows, Codes = this.codes, List = this.list });
    }

    private protected override void AdaptPenalty(long step) => this.penaltyWeight.Adapt(step, this.Scalars.L0);

    private protected override LatentGradientInputs Inputs(RealMatrix x) => new()
    {
        List = this.list,
        Input = CenteredOf(x),
        Residuals = Residuals(x, this.random.Count),
        ResidualScale = ResidualScale(x),
        Prefixes = this.prefixes,
        ProjectDecoderGradient = false,
        Penalty = new SparsityPenalty
        {
            Scale = PenaltyScale(x.Rows, this.penaltyWeight.Scale),
            Factor = this.penaltyWeight.Factor,
            ByDecoderNorm = true,
            PerPrefix = true,
            Sums = this.sums,
        },
    };

    private protected override RealMatrix ResidualsOfBias(RealMatrix x) =>
        Residuals(x, this.random.Count).Slice(this.prefixes.BlockOfAll * x.Rows, x.Rows);

    private protected override (SparseCodes? Codes, IntBuffer? ActiveRows) Fired() => (this.codes, null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        this.random.Dispose();
        this.penaltyWeight.Dispose();
        this.codes.Dispose();
        this.list.Dispose();
        this.weights.Dispose();
        this.rowLosses.Dispose();
        this.sums.Dispose();
        this.cut.Dispose();
        base.Dispose(disposing);
    }

    private static int CountOf(int latents) => Math.Min(Prefixes, latents);

    private static SharedObjectiveOptions Shared(ReluObjectiveOptions options, SaeParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(parameters);
        return new SharedObjectiveOptions(
            options.Batch,
            checked(CountOf(parameters.WEnc.Rows) * options.Batch),
            options.Variance,
            options.MaxGradientNorm,
            options.DeadAfterTokens,
            NormalizeDecoder: false);
    }

    // Of at most as many positive ones as are wanted, a batch-wide selection keeps all: ReLU.
    private void Encode(RealMatrix input) => this.Backend.EncodeBatchTopK(new EncodeBatchTopKArguments
    {
        Input = input,
        WEnc = this.Parameters.WEnc,
        BEnc = this.Parameters.BEnc,
        K = this.mostActive,
        Codes = this.codes,
        Cut = new ScalarSlot(this.cut, 0),
    });

    private void Decode(RealMatrix x) => this.Backend.PrefixResidual(new PrefixResidualArguments
    {
        Codes = this.codes,
        WDec = this.Parameters.WDec,
        BDec = this.Parameters.BDec,
        Targets = TargetsOf(x),
        Prefixes = this.prefixes,
        Weights = this.weights,
        Residuals = Residuals(x, this.random.Count),
        RowSquaredErrors = this.RowSquaredErrors,
        MeanSquaredError = this.Scalars.MeanSquaredError,
        RowLosses = this.rowLosses,
        MeanLoss = this.Scalars.WeightedSquaredError,
    });

    private double PenaltyScale(int rows, double coefficient) =>
        coefficient * this.ResidualWeight / (Math.Sqrt(this.options.Variance) * Math.Max(1, rows));
}
