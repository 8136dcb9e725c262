using System.Text.Json.Serialization;
using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>A training run with every number settled: what <c>run.json</c> keeps and a resumed run repeats.</summary>
public sealed record TrainingPlan
{
    internal const int DefaultK = 16;
    private const double DefaultAuxKAlpha = 1.0 / 32;
    private const double DefaultEndExponent = 0.2;
    private const long DefaultTokens = 6_000_000;
    private const long MostDeadAfterTokens = 10_000_000;
    private const long MostWarmupSteps = 1000;
    private const int DefaultResampleTimes = 4;
    private const int DefaultResampleVectors = 819_200;
    private const double DefaultMomentum = 0.95;
    private const double DefaultMuonDecay = 0.1;

    // How far an encoder row of unit length may go while a penalty rises; measured in decision 10.
    private const double RowTravel = 10;

    /// <summary>The architecture's id.</summary>
    public required string Architecture { get; init; }

    /// <summary>The input width.</summary>
    public required int DIn { get; init; }

    /// <summary>The width of what a transcoder reconstructs; null elsewhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TargetWidth { get; init; }

    /// <summary>The widths of a crosscoder's sites, <see cref="DIn"/> in all; null elsewhere.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Sites { get; init; }

    /// <summary>The number of latents, DSae.</summary>
    public required int Latents { get; init; }

    /// <summary>Whether encoder and decoder are one matrix.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool TiedWeights { get; init; }

    /// <summary>Active latents of each vector; 0 where the architecture has no K.</summary>
    public required int K { get; init; }

    /// <summary>
    /// The mean number of active latents that λ is adapted for; 0 where λ is <see cref="L1Coefficient"/>, or there is
    /// none.
    /// </summary>
    public double TargetL0 { get; init; }

    /// <summary>Active latents of each vector at the beginning; 0 for <see cref="K"/>.</summary>
    public int KStart { get; init; }

    /// <summary>Steps over which the number of active latents falls to <see cref="K"/>.</summary>
    public long KAnnealSteps { get; init; }

    /// <summary>The weight λ of the L1 penalty; 0 where it is adapted or the architecture has none.</summary>
    public double L1Coefficient { get; init; }

    /// <summary>The last exponent of a penalty whose exponent falls; 1 where there is none.</summary>
    public double EndExponent { get; init; } = 1;

    /// <summary>The weight of the loss on what is not active; 0 for none.</summary>
    public double InactiveCoefficient { get; init; }

    /// <summary>
    /// How much ln λ changes in each step while it is adapted; 0 for as much as the distance asks for.
    /// </summary>
    public double PenaltyStep { get; init; }

    /// <summary>Latents in each prefix that reconstructs on its own, the last one all of them; or none.</summary>
    public IReadOnlyList<int> Prefixes { get; init; } = [];

    /// <summary>The weight of each prefix's loss.</summary>
    public IReadOnlyList<double> PrefixWeights { get; init; } = [];

    /// <summary>Steps over which λ rises from 0.</summary>
    public long L1WarmupSteps { get; init; }

    /// <summary>Vectors of a step.</summary>
    public required int Batch { get; init; }

    /// <summary>Steps of the run.</summary>
    public required long Steps { get; init; }

    /// <summary>The peak learning rate.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Steps over which the learning rate rises.</summary>
    public required long WarmupSteps { get; init; }

    /// <summary>Steps over which the learning rate falls at the end.</summary>
    public required long DecaySteps { get; init; }

    /// <summary>How it falls.</summary>
    public LearningRateShape LearningRateShape { get; init; }

    /// <summary>The share of the peak that it falls to.</summary>
    public double LearningRateFloor { get; init; }

    /// <summary>What turns gradients into steps.</summary>
    public OptimizerKind Optimizer { get; init; }

    /// <summary>Determines weights, order of the data and held-out blocks.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Determines the order of the data, what is held out and estimated; null for the seed.</summary>
    public ulong? DataSeed { get; init; }

    /// <summary>The seed of everything that concerns the data.</summary>
    [JsonIgnore]
    public ulong OrderSeed => this.DataSeed ?? this.Seed;

    /// <summary>
    /// Weight of the auxiliary loss on dead latents, or of the second loss of Multi-TopK; 0 for none.
    /// </summary>
    public required double AuxKAlpha { get; init; }

    /// <summary>Dead latents that may help a vector, or latents of the second loss of Multi-TopK.</summary>
    public required int AuxK { get; init; }

    /// <summary>A latent is dead once this many vectors went by without it.</summary>
    public required long DeadAfterTokens { get; init; }

    /// <summary>Steps from one resampling of dead latents to the next; 0 for none.</summary>
    public long ResampleEvery { get; init; }

    /// <summary>How often dead latents are resampled.</summary>
    public int ResampleTimes { get; init; }

    /// <summary>Vectors that each resampling looks at.</summary>
    public int ResampleVectors { get; init; }

    /// <summary>How inputs are normalised.</summary>
    public required NormalizationKind Normalize { get; init; }

    /// <summary>The share of the data that is held out.</summary>
    public required double Holdout { get; init; }

    /// <summary>Where the decoder bias starts, and whether there is one.</summary>
    public required DecoderBiasStart DecoderBias { get; init; }

    /// <summary>The largest gradient norm; +∞ for no clipping.</summary>
    public required double MaxGradientNorm { get; init; }

    /// <summary>Adam's decay of the first moment.</summary>
    public required double Beta1 { get; init; }

    /// <summary>Adam's decay of the second moment.</summary>
    public required double Beta2 { get; init; }

    /// <summary>Adam's ε.</summary>
    public required double Epsilon { get; init; }

    /// <summary>How much the learning rate shrinks matrices in each step.</summary>
    public double WeightDecay { get; init; }

    /// <summary>
    /// Signum's share of the average in the point where gradients are taken, or the decay of Muon's momentum; 0 for
    /// Adam.
    /// </summary>
    public double Momentum { get; init; }

    /// <summary>The decay of the moving average of the weights; 0 for none.</summary>
    public double EmaDecay { get; init; }

    /// <summary>Steps between two rows of metrics.csv.</summary>
    public required long LogEvery { get; init; }

    /// <summary>Steps between two checkpoints.</summary>
    public required long CheckpointEvery { get; init; }

    /// <summary>The width of what is reconstructed.</summary>
    [JsonIgnore]
    public int DOut => this.TargetWidth ?? this.DIn;

    /// <summary>Numbers that a vector of the data has: with what a transcoder reconstructs.</summary>
    [JsonIgnore]
    public int StagedWidth => this.DIn + (this.TargetWidth ?? 0);

    /// <summary>Vectors of the whole run.</summary>
    [JsonIgnore]
    public long Tokens => this.Steps * this.Batch;

    /// <summary>Entries of dead latents that a row of the batch lists: AuxK where there is an auxiliary loss.</summary>
    [JsonIgnore]
    public int ListedAuxK => this.AuxKAlpha > 0 ? this.AuxK : 0;

    /// <summary>Prefixes that reconstruct on their own in each step, fixed or drawn; 0 for none.</summary>
    [JsonIgnore]
    public int PrefixCount => Math.Max(
        this.Prefixes.Count, Math.Min(TrainingObjectives.Get(this.Architecture).RandomPrefixes, this.Latents));

    /// <summary>The learning rate of every step.</summary>
    [JsonIgnore]
    public LearningRateSchedule Schedule => new()
    {
        Peak = this.LearningRate,
        Steps = this.Steps,
        WarmupSteps = this.WarmupSteps,
        DecaySteps = this.DecaySteps,
        Shape = this.LearningRateShape,
        Floor = this.LearningRateFloor,
    };

    /// <summary>Whether dead latents are resampled after a step.</summary>
    /// <param name="step">The step, counted from 1.</param>
    public bool ResamplesAfter(long step) =>
        this.ResampleEvery > 0
        && step % this.ResampleEvery == 0
        && step / this.ResampleEvery <= this.ResampleTimes
        && step < this.Steps;

    /// <summary>Settles every open number of a set of options, for data of one site.</summary>
    /// <param name="options">The options.</param>
    /// <param name="dIn">The input width of the data.</param>
    /// <param name="trainingRows">The vectors that are not held out.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    public static TrainingPlan Create(TrainingOptions options, int dIn, long trainingRows) =>
        Create(options, [dIn], trainingRows);

    /// <summary>Settles every open number of a set of options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="sites">
    /// The width of each site of the data: one; of a transcoder what it reads and what it reconstructs; of a crosscoder
    /// two or more.
    /// </param>
    /// <param name="trainingRows">The vectors that are not held out.</param>
    /// <exception cref="ArgumentException">
    /// An option is outside its range, or the architecture needs another number of sites.
    /// </exception>
    public static TrainingPlan Create(TrainingOptions options, IReadOnlyList<int> sites, long trainingRows)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sites);
        TrainingOptionsCheck.Require(options);
        SaeArchitecture architecture = SaeArchitectures.Get(options.Architecture);
        TrainingOptionsCheck.RequireSites(architecture, sites.Count);
        TrainingOptionsCheck.RequireNormalization(options.Normalize, architecture, sites);
        int dIn = architecture.HasSites ? checked(sites.Sum()) : sites[0];
        int dOut = architecture.HasTarget ? sites[1] : dIn;
        long steps = options.Steps ?? DivideUp(options.Tokens ?? Math.Max(DefaultTokens, trainingRows), options.Batch);
        long tokens = steps * options.Batch;
        ArchitectureTraining training = TrainingObjectives.Get(options.Architecture);
        bool isSignum = options.Optimizer == OptimizerKind.Signum;
        long warmup = options.WarmupSteps ?? (isSignum ? 0 : Math.Min(MostWarmupSteps, steps / 20));
        double rate = PeakOf(options);
        IReadOnlyList<int> prefixes = training.Has(ArchitectureOptions.Prefixes) ? PrefixesOf(options) : [];
        TrainingPlan plan = new()
        {
            Architecture = options.Architecture,
            DIn = dIn,
            TargetWidth = architecture.HasTarget ? dOut : null,
            Sites = architecture.HasSites ? [.. sites] : null,
            Latents = options.Latents,
            TiedWeights = options.TiedWeights,
            K = training.Has(ArchitectureOptions.K) ? options.K ?? DefaultK : 0,
            TargetL0 = training.Has(ArchitectureOptions.TargetL0) && options.L1Coefficient is null
                ? options.K ?? DefaultK
                : 0,
            KStart = options.KStart ?? 0,
            KAnnealSteps = options.KStart is null ? 0 : options.KAnnealSteps ?? (steps / 10),
            EndExponent = training.Has(ArchitectureOptions.Exponent) ? options.EndExponent ?? DefaultEndExponent : 1,
            InactiveCoefficient = options.InactiveCoefficient ?? training.InactiveCoefficient,
            PenaltyStep = options.PenaltyStep ?? 0,
            Prefixes = prefixes,
            PrefixWeights = options.PrefixWeights ?? [.. prefixes.Select(_ => 1.0)],
            L1Coefficient = options.L1Coefficient ?? 0,
            L1WarmupSteps = training.Has(ArchitectureOptions.L1Coefficient)
                ? options.PenaltyWarmupSteps ?? PenaltyWarmupOf(training, architecture, options, steps, dIn, rate)
                : 0,
            Batch = options.Batch,
            Steps = steps,
            LearningRate = rate,
            WarmupSteps = warmup,
            DecaySteps = options.DecaySteps ?? DefaultDecay(ShapeOf(options), steps, warmup),
            LearningRateShape = ShapeOf(options),
            LearningRateFloor = options.LearningRateFloor,
            Optimizer = options.Optimizer,
            Seed = options.Seed,
            DataSeed = options.DataSeed,
            AuxKAlpha = training.Has(ArchitectureOptions.AuxK)
                ? options.AuxKAlpha ?? DefaultAuxKAlpha
                : training.MultiWeight,
            AuxK = training.MultiWeight > 0
                ? MultiTopKObjective.WideK(options.K ?? DefaultK, options.Latents)
                : Math.Min(options.AuxK ?? Math.Max(1, dOut / 2), options.Latents),
            DeadAfterTokens = options.DeadAfterTokens ?? Math.Max(1, Math.Min(MostDeadAfterTokens, tokens / 8)),
            ResampleEvery = options.ResampleEvery ?? 0,
            ResampleTimes = options.ResampleEvery is null ? 0 : options.ResampleTimes ?? DefaultResampleTimes,
            ResampleVectors = options.ResampleEvery is null
                ? 0
                : (int)Math.Min(options.ResampleVectors ?? DefaultResampleVectors, trainingRows),
            Normalize = options.Normalize
                ?? (architecture.HasSites ? NormalizationKind.EqualVariance : NormalizationKind.None),
            Holdout = options.Holdout,
            DecoderBias = options.DecoderBias,
            MaxGradientNorm = options.MaxGradientNorm,
            Beta1 = options.Beta1,
            Beta2 = options.Beta2,
            Epsilon = options.Epsilon,
            WeightDecay = options.WeightDecay ?? (options.Optimizer == OptimizerKind.Muon ? DefaultMuonDecay : 0),
            Momentum = options.Optimizer == OptimizerKind.Adam ? 0 : options.Momentum ?? DefaultMomentum,
            EmaDecay = options.EmaDecay,
            LogEvery = options.LogEvery ?? Math.Max(1, steps / 200),
            CheckpointEvery = options.CheckpointEvery ?? Math.Max(1, steps / 10),
        };
        TrainingLimits.RequireIndexable(plan);
        return plan;
    }

    /// <summary>
    /// The steps over which a penalty rises where nobody says otherwise: a share of the run, but for a weight that
    /// follows L0 at least as many as encoder rows need to find a direction, if no thresholds keep few latents active.
    /// </summary>
    private static long PenaltyWarmupOf(
        ArchitectureTraining training,
        SaeArchitecture architecture,
        TrainingOptions options,
        long steps,
        int dIn,
        double rate)
    {
        long share = steps / training.PenaltyWarmupParts;
        if (options.L1Coefficient is not null)
        {
            return training.WarmsUpAllTheWay ? steps : share;
        }

        if (architecture.LatentVectors.Any(vector => vector.Name == LatentVector.ThresholdName && vector.IsTrained))
        {
            return share;
        }

        // A step moves each weight by about the rate, so a row by √DIn times that.
        double travel = RowTravel / (Math.Sqrt(dIn) * rate);
        return Math.Max(share, (long)Math.Min(steps / 2, travel));
    }

    /// <summary>How the learning rate of a run falls.</summary>
    internal static LearningRateShape ShapeOf(TrainingOptions options) =>
        options.LearningRateShape
        ?? (options.Optimizer == OptimizerKind.Signum ? LearningRateShape.Constant : LearningRateShape.Linear);

    internal static double PeakOf(TrainingOptions options) =>
        options.LearningRate ?? RuleOf(options).Peak(options.Latents);

    private static LearningRateRule RuleOf(TrainingOptions options) =>
        options.LearningRateRule is string name ? LearningRateRule.Get(name)
        : options.Optimizer switch
        {
            OptimizerKind.Signum => LearningRateRule.SparsifySignum,
            OptimizerKind.Muon => LearningRateRule.SparsifyMuon,
            _ => LearningRateRule.Default,
        };

    private static long DefaultDecay(LearningRateShape shape, long steps, long warmup) => shape switch
    {
        LearningRateShape.Constant => 0,
        LearningRateShape.Cosine => Math.Max(0, steps - warmup),
        _ => steps / 5,
    };

    private static IReadOnlyList<int> PrefixesOf(TrainingOptions options)
    {
        int latents = options.Latents;
        IEnumerable<int> shorter = options.Prefixes
            ?? [.. new[] { latents / 8, latents / 4, latents / 2 }.Where(end => end > 0).Distinct()];
        return [.. shorter, latents];
    }

    private static long DivideUp(long value, long divisor) => ((value - 1) / divisor) + 1;
}
