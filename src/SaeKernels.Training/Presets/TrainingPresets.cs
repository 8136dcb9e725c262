using SaeKernels.Abstractions;
using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>The published recipes that can be trained here.</summary>
/// <remarks>
/// What a recipe leaves to its user (tokens, held-out share, often K) is the default of <see cref="TrainingOptions"/>.
/// Learning rates that fall with the number of latents do so here. Where a library does otherwise than its paper, the
/// paper's way is taken, and <see cref="TrainingPreset.Differences"/> says so. Losses are measured in the variance of
/// a vector, and so is the norm that a gradient is clipped to.
/// </remarks>
public static class TrainingPresets
{
    private const long TenMillion = 10_000_000;

    /// <summary>All recipes, in the order in which they are shown.</summary>
    public static IReadOnlyList<TrainingPreset> All { get; } =
    [
        OpenAi2024,
        Sparsify13,
        DictionaryLearningTopK,
        DictionaryLearningBatchTopK,
        DictionaryLearningJumpRelu,
        SaeLens6TopK,
        Anthropic2023,
        Anthropic2024April,
        Anthropic2025January,
        Matryoshka2025,
        Gated2024,
    ];

    private static TrainingPreset OpenAi2024 => new(
        "openai-2024",
        "Gao et al. 2024, arXiv:2406.04093; github.com/openai/sparse_autoencoder, train.py",
        "the learning rate falls with 1/sqrt(latents), as the paper finds",
        latents => OfConstantRate("topk", latents, LearningRateRule.Get("openai").Peak(latents)) with
        {
            K = Math.Min(32, latents),
            AuxK = Math.Min(256, latents),
            AuxKAlpha = 1.0 / 32,
            Batch = 131_072,
            DeadAfterTokens = TenMillion,
            Normalize = NormalizationKind.LayerNorm,
            DecoderBias = DecoderBiasStart.GeometricMedian,
            Epsilon = 6.25e-10,
        },
        Latents: 32768);

    private static TrainingPreset Sparsify13 => new(
        "sparsify-1.3",
        "github.com/EleutherAI/sparsify, version 1.3, config.py and trainer.py; Gao et al. 2024",
        "the encoder starts as the decoder, scaled, not at random; a saved decoder has unit rows; a batch is shuffled "
        + "vectors, not 32 whole texts of 2,048 tokens; --latents is free, 32 times the input width there",
        latents => new TrainingOptions
        {
            Architecture = "topk",
            Latents = latents,
            K = Math.Min(32, latents),
            Optimizer = OptimizerKind.Signum,
            Momentum = 0.95,
            LearningRate = LearningRateRule.SparsifySignum.Peak(latents),
            LearningRateShape = LearningRateShape.Constant,
            WarmupSteps = 0,
            Batch = 65_536,
            AuxKAlpha = 0,
            DeadAfterTokens = TenMillion,
            DecoderBias = DecoderBiasStart.Mean,
        },
        Latents: 16384);

    private static TrainingPreset DictionaryLearningTopK => new(
        "dictionary-learning-topk",
        "github.com/saprmarks/dictionary_learning, trainers/top_k.py; Gao et al. 2024",
        "the auxiliary loss starts from pre-activations, as the paper does, not from activations after ReLU; the "
        + "gradient is clipped in units of the variance; the rate's first step is not 0",
        latents => OfDictionaryLearning(latents, "topk"),
        Latents: 16384);

    private static TrainingPreset DictionaryLearningBatchTopK => new(
        "dictionary-learning-batchtopk",
        "github.com/saprmarks/dictionary_learning, trainers/batch_top_k.py; Bussmann et al. 2024, arXiv:2412.06410",
        "the threshold follows from the first step on, not from step 1,000, and keeps 0.99 of itself in each, as in "
        + "SAELens, not 0.999; the auxiliary loss starts from pre-activations; the gradient is clipped in units of the "
        + "variance; the rate's first step is not 0",
        latents => OfDictionaryLearning(latents, "batchtopk"),
        Latents: 16384);

    private static TrainingPreset DictionaryLearningJumpRelu => new(
        "dictionary-learning-jumprelu",
        "github.com/saprmarks/dictionary_learning, trainers/jumprelu.py; Rajamanoharan et al. 2024, arXiv:2407.14435",
        "the encoder sees x - b_dec and starts scaled; the step counts pre-activations, as the paper does, not "
        + "activations; thresholds stay at 0 or above; the gradient is clipped in units of the variance; the rate's "
        + "first step is not 0",
        latents => OfConstantRate("jumprelu", latents, 7e-5, warmup: 1000) with
        {
            K = Math.Min(20, latents),
            PenaltyWarmupSteps = 2000,
            MaxGradientNorm = 1,
            DeadAfterTokens = TenMillion,
            DecoderBias = DecoderBiasStart.Zero,
            Beta1 = 0,
        },
        Latents: 16384);

    private static TrainingPreset SaeLens6TopK => new(
        "saelens-6-topk",
        "github.com/decoderesearch/SAELens, version 6, saes/topk_sae.py; Gao et al. 2024",
        "decoder rows have unit length instead of rescaled activations, which computes the same; the auxiliary loss "
        + "has the paper's normalisation and weight; the gradient is clipped in units of the variance",
        latents => OfConstantRate("topk", latents, 3e-4) with
        {
            K = Math.Min(100, latents),
            Batch = 4096,
            MaxGradientNorm = 1,
            DeadAfterTokens = 1000 * 4096,
            DecoderBias = DecoderBiasStart.Zero,
        },
        Latents: 16384);

    private static TrainingPreset Anthropic2023 => new(
        "anthropic-2023",
        "Bricken et al. 2023, transformer-circuits.pub/2023/monosemantic-features; the rate, which it does not state, "
        + "from github.com/saprmarks/dictionary_learning, trainers/standard.py",
        "the weight of the penalty is adapted to --k; dead latents begin again from x - b_dec, never two from one "
        + "vector, drawn by its squared error alone",
        latents => OfConstantRate("relu", latents, 1e-3) with
        {
            PenaltyWarmupSteps = 0,
            Batch = 8192,
            DeadAfterTokens = 12_500 * 8192,
            ResampleEvery = 25_000,
            ResampleTimes = 4,
            ResampleVectors = 819_200,
            DecoderBias = DecoderBiasStart.GeometricMedian,
        },
        Latents: 4096);

    private static TrainingPreset Anthropic2024April => new(
        "anthropic-2024-04",
        "Conerly et al. 2024, transformer-circuits.pub/2024/april-update",
        "the weight of the penalty (5 there) is adapted to --k, for which it rises over more than a twentieth of a "
        + "short run (a twentieth with --l1, as there); b_dec starts at 0 and rows at length 0.1, as there; "
        + "the gradient is clipped in units of the variance",
        latents => OfAdam("relu-l1-norm", latents, 5e-5) with
        {
            Batch = 4096,
            MaxGradientNorm = 1,
            Normalize = NormalizationKind.ExpectedAverageOnlyIn,
            DecoderBias = DecoderBiasStart.Zero,
        },
        Latents: 16384);

    private static TrainingPreset Anthropic2025January => new(
        "anthropic-2025-01",
        "Conerly et al. 2025, transformer-circuits.pub/2025/january-update",
        "thresholds are trained themselves, not as exp(t); the weight of the penalty is adapted to --k and rises over "
        + "half of the run (over all of it with --l1, as there); b_enc starts at 0, and the encoder as the decoder, "
        + "not width / latents times it; the learning rate and batch are the defaults here",
        latents => new TrainingOptions
        {
            Architecture = "jumprelu-tanh",
            Latents = latents,
            InactiveCoefficient = 3e-6,
            DecoderBias = DecoderBiasStart.Zero,
        },
        Latents: 16384);

    private static TrainingPreset Matryoshka2025 => new(
        "matryoshka-2025",
        "Nabeshima 2024, \"Matryoshka sparse autoencoders\"; github.com/noanabeshima/matryoshka-saes, sae.py and "
        + "train_toy.ipynb",
        "latents are not sorted by a running mean of their squared activations in each step, which there belongs to "
        + "the latents before the sorting; the encoder sees x - b_dec; inputs are scaled by the mean length of a "
        + "sample, not a running one; at most 8 k activations a vector count while more are positive; the gradient is "
        + "clipped in units of the variance; the rate's first step is not 0; the batch is the default here, 200 "
        + "vectors there",
        latents => OfAdam("matryoshka-relu", latents, 3e-2, warmup: 100) with
        {
            PenaltyStep = 3e-4,
            LearningRateShape = LearningRateShape.Linear,
            LearningRateFloor = 0.1,
            MaxGradientNorm = 1,
            Normalize = NormalizationKind.ExpectedAverageOnlyIn,
            DecoderBias = DecoderBiasStart.Zero,
            Beta1 = 0.5,
            Beta2 = 0.9375,
        },
        Latents: 16384);

    private static TrainingPreset Gated2024 => new(
        "gated-2024",
        "Rajamanoharan et al. 2024, arXiv:2404.16014, with the rate that its authors name "
        + "(lesswrong.com/posts/vdoiWXeouGsZEYgrg); moments and warm-ups from "
        + "github.com/saprmarks/dictionary_learning, trainers/gdm.py",
        "the weight of the penalty (0.1 in gdm.py) is adapted to --k; the encoder starts as the decoder, scaled; dead "
        + "latents are resampled only where --resample-every says so; the decoder of the auxiliary loss is constant, "
        + "which it is not in SAELens; the rate's first step is not 0",
        latents => OfConstantRate("gated", latents, 3e-4, warmup: 1000) with
        {
            PenaltyWarmupSteps = 2000,
            DeadAfterTokens = TenMillion,
            DecoderBias = DecoderBiasStart.Zero,
            Beta1 = 0,
        },
        Latents: 16384);

    /// <summary>Returns the recipe with a name.</summary>
    /// <param name="name">The name; case matters.</param>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static TrainingPreset Get(string name) =>
        All.FirstOrDefault(preset => preset.Name == name)
        ?? throw new ArgumentException(
            $"Training: Preset must be one of {string.Join(", ", All.Select(known => known.Name))}, but is '{name}'. "
            + "Choose one of them.");

    private static TrainingOptions OfDictionaryLearning(int latents, string architecture) =>
        OfConstantRate(architecture, latents, LearningRateRule.DictionaryLearning.Peak(latents), warmup: 1000) with
        {
            AuxKAlpha = 1.0 / 32,
            MaxGradientNorm = 1,
            DeadAfterTokens = TenMillion,
            DecoderBias = DecoderBiasStart.GeometricMedian,
        };

    /// <summary>A rate that stays where its warm-up ends.</summary>
    private static TrainingOptions OfConstantRate(string architecture, int latents, double rate, long warmup = 0) =>
        OfAdam(architecture, latents, rate, warmup) with { DecaySteps = 0 };

    /// <summary>A rate for Adam with PyTorch's moments.</summary>
    private static TrainingOptions OfAdam(string architecture, int latents, double rate, long warmup = 0) => new()
    {
        Architecture = architecture,
        Latents = latents,
        LearningRate = rate,
        WarmupSteps = warmup,
        Beta1 = 0.9,
        Beta2 = 0.999,
        Epsilon = 1e-8,
    };
}
