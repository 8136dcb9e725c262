using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>Where the decoder bias starts, and whether there is one.</summary>
public enum DecoderBiasStart
{
    /// <summary>At the geometric median of a sample (Gao et al. 2024).</summary>
    GeometricMedian,

    /// <summary>At the mean of a sample.</summary>
    Mean,

    /// <summary>At zero.</summary>
    Zero,

    /// <summary>At zero, and stays there: the model has none (Sharkey et al. 2022; Cunningham et al. 2023).</summary>
    None,
}

/// <summary>What a user may choose about a training run; null stands for a default that depends on the data.</summary>
public sealed record TrainingOptions
{
    /// <summary>The seed where none is chosen.</summary>
    public const ulong DefaultSeed = 42;

    /// <summary>The architecture's id, one of <see cref="SaeArchitectures.All"/>.</summary>
    public string Architecture { get; init; } = "topk";

    /// <summary>The number of latents, DSae; at least 1.</summary>
    public int Latents { get; init; } = 1024;

    /// <summary>
    /// Whether encoder and decoder are one matrix throughout; not for transcoders and crosscoders, nor with
    /// <see cref="ResampleEvery"/>.
    /// </summary>
    public bool TiedWeights { get; init; }

    /// <summary>
    /// Active latents of each vector, 1 to <see cref="Latents"/>; default 16. With ReLU their mean number, for which
    /// the weight of the penalty is adapted; null there where <see cref="L1Coefficient"/> fixes that weight.
    /// </summary>
    public int? K { get; init; }

    /// <summary>
    /// Active latents of each vector at the beginning, from <see cref="K"/> to <see cref="Latents"/>; the number falls
    /// linearly to <see cref="K"/>. Default: no annealing.
    /// </summary>
    public int? KStart { get; init; }

    /// <summary>
    /// Steps over which the number of active latents falls, with <see cref="KStart"/> only; default a tenth of the run.
    /// </summary>
    public long? KAnnealSteps { get; init; }

    /// <summary>
    /// How many of the first latents reconstruct on their own, ascending, each below <see cref="Latents"/>; the whole
    /// dictionary always does. Default: an eighth, a quarter and a half of them.
    /// </summary>
    public IReadOnlyList<int>? Prefixes { get; init; }

    /// <summary>
    /// The weight of each prefix's loss and, last, of the whole dictionary's, which is positive; the others are at
    /// least 0. They are divided by their sum. Default: all alike.
    /// </summary>
    public IReadOnlyList<double>? PrefixWeights { get; init; }

    /// <summary>
    /// The weight λ of the L1 penalty, which ReLU has and others have not; at least 0, and null to adapt it to
    /// <see cref="K"/>. It is measured in 1 / √(variance of a vector), rises over <see cref="PenaltyWarmupSteps"/>, and
    /// 0.02 to 0.5 is usual.
    /// </summary>
    public double? L1Coefficient { get; init; }

    /// <summary>
    /// Steps over which the sparsity penalty rises from 0; default a twentieth of the run, for matryoshka-relu a fifth,
    /// and for jumprelu-tanh half of it, or with <see cref="L1Coefficient"/> all of it. Where λ is adapted to
    /// <see cref="K"/> and there are no thresholds, at least 10 / (√DIn · <see cref="LearningRate"/>), but no more than
    /// half of the run. Null where there is none.
    /// </summary>
    public long? PenaltyWarmupSteps { get; init; }

    /// <summary>
    /// How much ln λ changes in each step while λ is adapted to <see cref="K"/>, above 0 and at most 1: then λ begins
    /// at 1.2 beside a squared error in units of the data. Default: as much as the distance asks for. With
    /// matryoshka-relu only.
    /// </summary>
    public double? PenaltyStep { get; init; }

    /// <summary>
    /// The last exponent of p-annealing, above 0 and at most 1; default 0.2. It falls from 1 in ten parts, from a tenth
    /// of the run on until the learning rate falls.
    /// </summary>
    public double? EndExponent { get; init; }

    /// <summary>
    /// The weight λ_P of a loss that pulls silent latents with a threshold towards it, at least 0: with jumprelu-tanh
    /// all pairs of a latent and a vector in which it is not active, default 3e-6; with jumprelu those of dead latents,
    /// default 0. It is the weight beside a squared error of inputs whose coordinates have deviation 1.
    /// </summary>
    public double? InactiveCoefficient { get; init; }

    /// <summary>What turns gradients into steps.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>The peak learning rate; default that of <see cref="LearningRateRule"/>.</summary>
    public double? LearningRate { get; init; }

    /// <summary>
    /// The name of one of the rules in <see cref="Training.LearningRateRule.All"/>, instead of
    /// <see cref="LearningRate"/>; default the rule of the optimiser, 8e-4 / √(latents / 2¹⁴) for Adam, 2e-3 for Muon.
    /// </summary>
    public string? LearningRateRule { get; init; }

    /// <summary>How the learning rate falls; default linearly, and not at all for Signum.</summary>
    public LearningRateShape? LearningRateShape { get; init; }

    /// <summary>The share of the peak that the learning rate falls to, 0 to below 1.</summary>
    public double LearningRateFloor { get; init; }

    /// <summary>Vectors of a step; at least 1.</summary>
    public int Batch { get; init; } = 2048;

    /// <summary>
    /// Vectors to train on in all; default the larger of 6 million and one epoch. Not with <see cref="Steps"/>.
    /// </summary>
    public long? Tokens { get; init; }

    /// <summary>Steps in all; instead of <see cref="Tokens"/>.</summary>
    public long? Steps { get; init; }

    /// <summary>
    /// Steps over which the learning rate rises; default a twentieth of the run, at most 1,000, and none for Signum.
    /// </summary>
    public long? WarmupSteps { get; init; }

    /// <summary>
    /// Steps over which the learning rate falls at the end; default a fifth of the run, all after the warm-up for a
    /// cosine. A constant rate has none.
    /// </summary>
    public long? DecaySteps { get; init; }

    /// <summary>Determines weights, order of the data and held-out blocks.</summary>
    public ulong Seed { get; init; } = DefaultSeed;

    /// <summary>
    /// Determines the order of the data, what is held out and what is estimated of it; null for <see cref="Seed"/>.
    /// Runs of one data seed can be trained side by side, see <see cref="TrainingGroup"/>.
    /// </summary>
    public ulong? DataSeed { get; init; }

    /// <summary>
    /// Weight of the auxiliary loss on dead latents; default 1/32, 0 switches it off. Null for ReLU, which has none.
    /// </summary>
    public double? AuxKAlpha { get; init; }

    /// <summary>Dead latents that may help a vector; default half of DIn, at most <see cref="Latents"/>.</summary>
    public int? AuxK { get; init; }

    /// <summary>
    /// A latent is dead once this many vectors went by without it; default the smaller of 10 million and an eighth of
    /// the run.
    /// </summary>
    public long? DeadAfterTokens { get; init; }

    /// <summary>
    /// Steps from one resampling of dead latents to the next: they begin again from vectors that are reconstructed
    /// badly. Default: no resampling.
    /// </summary>
    public long? ResampleEvery { get; init; }

    /// <summary>How often dead latents are resampled, with <see cref="ResampleEvery"/> only; default 4.</summary>
    public int? ResampleTimes { get; init; }

    /// <summary>
    /// Vectors that each resampling looks at, with <see cref="ResampleEvery"/> only; default the smaller of 819,200 and
    /// all that are trained on.
    /// </summary>
    public int? ResampleVectors { get; init; }

    /// <summary>
    /// How vectors are normalised, each site for itself; default not at all, and of a crosscoder so that its sites have
    /// the same variance. Layer normalisation is for vectors of at least 2 elements, and not for transcoders.
    /// </summary>
    public NormalizationKind? Normalize { get; init; }

    /// <summary>The share of the data that is held out and evaluated at the end; 0 to below 1.</summary>
    public double Holdout { get; init; } = 0.1;

    /// <summary>Where the decoder bias starts.</summary>
    public DecoderBiasStart DecoderBias { get; init; } = DecoderBiasStart.GeometricMedian;

    /// <summary>The largest gradient norm; +∞ for no clipping, which saves a pass over the gradients.</summary>
    public double MaxGradientNorm { get; init; } = double.PositiveInfinity;

    /// <summary>Adam's decay of the first moment, 0 to below 1.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Adam's decay of the second moment, 0 to below 1.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Adam's ε (Gao et al. 2024).</summary>
    public double Epsilon { get; init; } = 6.25e-10;

    /// <summary>
    /// How much the learning rate shrinks matrices in each step beside the gradient's step (AdamW); at least 0, default
    /// 0, and 0.1 for Muon.
    /// </summary>
    public double? WeightDecay { get; init; }

    /// <summary>
    /// Signum's share of the average in the point where gradients are taken, or the decay of Muon's momentum; above 0
    /// and below 1, default 0.95.
    /// </summary>
    public double? Momentum { get; init; }

    /// <summary>
    /// The decay of a moving average of the weights, which is evaluated and saved in their place, 0 to below 1; 0 for
    /// none.
    /// </summary>
    public double EmaDecay { get; init; }

    /// <summary>Steps between two rows of metrics.csv; default a two-hundredth of the run, at least 1.</summary>
    public long? LogEvery { get; init; }

    /// <summary>Steps between two checkpoints; default a tenth of the run, at least 1.</summary>
    public long? CheckpointEvery { get; init; }
}
