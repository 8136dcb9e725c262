using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class TrainingPresetsTests
{
    private const double Infinite = double.PositiveInfinity;

    /// <summary>
    /// What each source says, line by line. sparsify 1.3: config.py (k 32, expansion 32, 32 texts of 2,048 tokens,
    /// auxk_alpha 0, dead after 10 M) and trainer.py (signum in a schedule-free wrapper with momentum 0.95, no warm-up,
    /// b_dec at the mean of the first batch). openai: sparse_autoencoder/train.py, Config; model.py, LN; and Gao et al.
    /// 2024, §A.
    /// dictionary_learning: trainers/top_k.py, batch_top_k.py, jumprelu.py, and dictionary.py for the biases of
    /// JumpReLU, which start at 0; the batch of 2,048 is our default. SAELens
    /// 6: saes/topk_sae.py and its training configuration (a window of 1,000 steps of 4,096). Anthropic 2023:
    /// batches of 8,192; at steps 25,000 to 100,000 latents silent for 12,500 steps are resampled from 819,200 vectors.
    /// April 2024 update: rate falls over the last fifth; penalty rises over the first 5 %. January 2025 update: the
    /// same fifth, which is our default; λ_P; b_dec at 0; slope, rectangle and first threshold are the architecture's.
    /// matryoshka-saes, sae.py: Adam with lr 3e-2 and betas (0.5, 0.9375), 100 steps of warm-up, a linear fall to 0.1
    /// over the last fifth, a norm of 1, eps 0.0003 of the controller, inputs of mean length √D, biases at 0.
    /// Gated: the authors' rate; trainers/gdm.py (moments 0 and 0.999, warm-ups of 1,000 and 2,000 steps, biases at 0).
    /// </summary>
    public static TheoryData<string, int, TrainingOptions> Published { get; } = new()
    {
        {
            "openai-2024", 32768, Recipe("topk", 32, 1e-4, 0, 0, 131_072, Infinite, 10_000_000, 0.9, 6.25e-10) with
            {
                AuxK = 256, AuxKAlpha = 1.0 / 32, Normalize = NormalizationKind.LayerNorm,
            }
        },
        {
            "openai-2024", 131_072, Recipe("topk", 32, 5e-5, 0, 0, 131_072, Infinite, 10_000_000, 0.9, 6.25e-10) with
            {
                Latents = 131_072, AuxK = 256, AuxKAlpha = 1.0 / 32, Normalize = NormalizationKind.LayerNorm,
            }
        },
        { "sparsify-1.3", 16384, Sparsify(5e-3) },
        { "sparsify-1.3", 65536, Sparsify(2.5e-3) },
        {
            "dictionary-learning-topk", 16384, Recipe("topk", null, 2e-4, 1000, 0, 2048, 1, 10_000_000, 0.9, 1e-8) with
            {
                AuxKAlpha = 1.0 / 32,
            }
        },
        {
            "dictionary-learning-topk", 65536, Recipe("topk", null, 1e-4, 1000, 0, 2048, 1, 10_000_000, 0.9, 1e-8) with
            {
                AuxKAlpha = 1.0 / 32,
            }
        },
        {
            "dictionary-learning-batchtopk", 16384,
            Recipe("batchtopk", null, 2e-4, 1000, 0, 2048, 1, 10_000_000, 0.9, 1e-8) with { AuxKAlpha = 1.0 / 32 }
        },
        {
            "dictionary-learning-jumprelu", 16384,
            Recipe("jumprelu", 20, 7e-5, 1000, 0, 2048, 1, 10_000_000, 0, 1e-8) with
            {
                DecoderBias = DecoderBiasStart.Zero, PenaltyWarmupSteps = 2000,
            }
        },
        {
            "saelens-6-topk", 16384, Recipe("topk", 100, 3e-4, 0, 0, 4096, 1, 4_096_000, 0.9, 1e-8) with
            {
                DecoderBias = DecoderBiasStart.Zero,
            }
        },
        {
            "anthropic-2023", 4096, Recipe("relu", null, 1e-3, 0, 0, 8192, Infinite, 102_400_000, 0.9, 1e-8) with
            {
                PenaltyWarmupSteps = 0, ResampleEvery = 25_000, ResampleTimes = 4, ResampleVectors = 819_200,
            }
        },
        {
            "anthropic-2024-04", 16384, Recipe("relu-l1-norm", null, 5e-5, 0, null, 4096, 1, null, 0.9, 1e-8) with
            {
                DecoderBias = DecoderBiasStart.Zero, Normalize = NormalizationKind.ExpectedAverageOnlyIn,
            }
        },
        {
            "anthropic-2025-01", 16384, new TrainingOptions
            {
                Architecture = "jumprelu-tanh", InactiveCoefficient = 3e-6, DecoderBias = DecoderBiasStart.Zero,
            }
        },
        { "matryoshka-2025", 16384, Matryoshka },
        {
            "gated-2024", 16384,
            Recipe("gated", null, 3e-4, 1000, 0, 2048, Infinite, 10_000_000, 0, 1e-8) with
            {
                DecoderBias = DecoderBiasStart.Zero, PenaltyWarmupSteps = 2000,
            }
        },
    };

    [Theory]
    [MemberData(nameof(Published))]
    public void Every_number_of_a_recipe_is_the_published_one(string name, int latents, TrainingOptions published) =>
        Assert.Equal(published with { Latents = latents }, TrainingPresets.Get(name).Options(latents));

    [Fact]
    public void Every_recipe_is_checked_against_its_source_and_makes_a_plan()
    {
        Assert.Equal(
            TrainingPresets.All.Select(preset => preset.Name), Published.Select(row => (string)row[0]).Distinct());
        Assert.All(TrainingPresets.All, preset =>
        {
            TrainingPlan plan = TrainingPlan.Create(preset.Options(128), dIn: 16, trainingRows: 200_000);
            Assert.Equal(128, plan.Latents);
            Assert.NotEmpty(preset.Source);
        });
    }

    [Fact]
    public void The_rate_and_the_penalty_of_anthropic_change_over_a_fifth_and_a_twentieth_of_the_run()
    {
        TrainingOptions options = TrainingPresets.Get("anthropic-2024-04").Options(64) with
        {
            Steps = 1000,
            L1Coefficient = 0.1,
        };
        TrainingPlan plan = TrainingPlan.Create(options, dIn: 16, trainingRows: 200_000);

        Assert.Equal((200, 50, 0), (plan.DecaySteps, plan.L1WarmupSteps, plan.WarmupSteps));
    }

    [Fact]
    public void The_rate_and_the_penalty_of_matryoshka_change_over_a_fifth_of_the_run_and_ten_prefixes_are_drawn()
    {
        TrainingOptions options = TrainingPresets.Get("matryoshka-2025").Options(64) with { Steps = 10_000, K = 4 };
        TrainingPlan plan = TrainingPlan.Create(options, dIn: 16, trainingRows: 200_000);

        Assert.Equal((2000, 2000, 10), (plan.DecaySteps, plan.L1WarmupSteps, plan.PrefixCount));
        Assert.Equal((0.03 * 0.01, 0.03), (plan.Schedule.At(1), plan.Schedule.At(8001)));
    }

    /// <summary>
    /// What recipes leave to their architecture. jumprelu.py: bandwidth 0.001, thresholds of 0.001, weight 1.0. January
    /// 2025 update: λ_P = 3e-6, λ_S over the whole run, thresholds of 0.1, weights from U(−1/√n, 1/√n), whose rows have
    /// a mean square length of 1/3 (c = 4 and ε = 2: <see cref="JumpReluGradientCases"/>). April 2024 update and
    /// matryoshka-saes: decoder rows of length 0.1. matryoshka-saes: normal encoders, ten prefixes, λ from 1.2
    /// (<see cref="SparsityControllerTests"/>). Gao et al. 2024: a weight of 1/8 for 4k. Bricken et al. 2023: a fifth
    /// of the mean length (<see cref="LatentResamplingTests"/>). batch_top_k.py: a decay of 0.999, where ours is 0.99
    /// as in SAELens (<see cref="BatchTopKTrainingTests"/>).
    /// </summary>
    [Fact]
    public void What_belongs_to_an_architecture_is_published_too()
    {
        JumpReluObjectiveOptions jump = new()
        {
            Batch = 1,
            WarmupSteps = 0,
            DeadAfterTokens = 1,
            Variance = 1,
            MaxGradientNorm = 1,
        };
        Assert.Equal((0.001, 0.001, 1.0), (jump.Bandwidth, jump.InitialThreshold, jump.TargetCoefficient));

        // Of variance 64 a vector deviates by 8, and one of its 16 elements by 2.
        Assert.Equal(0.001 * 8, FirstThreshold("dictionary-learning-jumprelu"), 1e-15);
        Assert.Equal(0.1 * 2, FirstThreshold("anthropic-2025-01"), 1e-15);

        ArchitectureTraining tanh = TrainingObjectives.Get("jumprelu-tanh");
        Assert.Equal((3e-6, true), (tanh.InactiveCoefficient, tanh.WarmsUpAllTheWay));
        Assert.Equal((4.0, 2.0), (JumpReluTanhObjective.Slope, JumpReluTanhObjective.RectangleWidth));
        Assert.Equal(1.0 / 3, Math.Pow(tanh.InitialRowNorm!.Value, 2), 1e-15);
        Assert.Equal(0.1, TrainingObjectives.Get("relu-l1-norm").InitialRowNorm);
        ArchitectureTraining matryoshka = TrainingObjectives.Get("matryoshka-relu");
        Assert.Equal(
            (0.1, true, 10),
            (matryoshka.InitialRowNorm, matryoshka.HasNormalEncoder, matryoshka.RandomPrefixes));
        Assert.Equal(0.125, TrainingObjectives.Get("multi-topk").MultiWeight);
    }

    private static double FirstThreshold(string preset)
    {
        using ReferenceBackend<double> backend = new();
        TrainingPlan plan = TrainingPlan.Create(TrainingPresets.Get(preset).Options(8) with { Batch = 4 }, 16, 1000);
        using TrainingState state = new(backend, plan, Normalization.Identity, variance: 64);
        state.Objective.InitializeLatentVectors();
        return state.Parameters.LatentVector(LatentVector.ThresholdName).ToArray().Distinct().Single();
    }

    private static TrainingOptions Matryoshka => new()
    {
        Architecture = "matryoshka-relu",
        PenaltyStep = 0.0003,
        LearningRate = 0.03,
        LearningRateShape = LearningRateShape.Linear,
        LearningRateFloor = 0.1,
        WarmupSteps = 100,
        MaxGradientNorm = 1.0,
        Normalize = NormalizationKind.ExpectedAverageOnlyIn,
        DecoderBias = DecoderBiasStart.Zero,
        Beta1 = 0.5,
        Beta2 = 0.9375,
        Epsilon = 1e-8,
    };

    private static TrainingOptions Sparsify(double rate) => new()
    {
        Architecture = "topk",
        K = 32,
        Optimizer = OptimizerKind.Signum,
        Momentum = 0.95,
        LearningRate = rate,
        LearningRateShape = LearningRateShape.Constant,
        WarmupSteps = 0,
        Batch = 32 * 2048,
        AuxKAlpha = 0,
        DeadAfterTokens = 10_000_000,
        DecoderBias = DecoderBiasStart.Mean,
    };

    private static TrainingOptions Recipe(
        string architecture,
        int? k,
        double rate,
        long warmup,
        long? decay,
        int batch,
        double clip,
        long? deadAfter,
        double beta1,
        double epsilon) => new()
        {
            Architecture = architecture,
            K = k,
            LearningRate = rate,
            WarmupSteps = warmup,
            DecaySteps = decay,
            Batch = batch,
            MaxGradientNorm = clip,
            DeadAfterTokens = deadAfter,
            Beta1 = beta1,
            Beta2 = 0.999,
            Epsilon = epsilon,
        };
}
