using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>What holds of a run whatever turns its gradients into steps.</summary>
public class OptimizerTrainingTests
{
    private static readonly TrainingOptions Small = new()
    {
        Latents = 48,
        K = 4,
        Batch = 64,
        Steps = 40,
        DeadAfterTokens = 640,
        CheckpointEvery = 7,
        LogEvery = 1,
        LearningRate = 2e-3,
    };

    private static readonly TrainingOptions FreeRows = Small with
    {
        Architecture = "relu-l1-norm",
        K = null,
        L1Coefficient = 0.1,
    };

    private static readonly TrainingOptions Resampled = Small with
    {
        Architecture = "relu",
        DeadAfterTokens = 64,
        ResampleEvery = 9,
        ResampleVectors = 128,
    };

    private static readonly Dictionary<string, TrainingOptions> Choices = new()
    {
        ["adam, cosine to a floor"] = Small with
        {
            LearningRateShape = LearningRateShape.Cosine,
            LearningRateFloor = 0.1,
        },
        ["adamw, wsd"] = Small with { WeightDecay = 0.5, LearningRateShape = LearningRateShape.Wsd },
        ["ema"] = Small with { EmaDecay = 0.9, Normalize = NormalizationKind.Mean },
        ["ema with thresholds"] = Small with { Architecture = "jumprelu", EmaDecay = 0.9 },
        ["signum"] = Small with { Optimizer = OptimizerKind.Signum },
        ["signum with warm-up, free rows"] = FreeRows with { Optimizer = OptimizerKind.Signum, WarmupSteps = 10 },
        ["ema with resampling"] = Resampled with { EmaDecay = 0.9 },
        ["signum with resampling"] = Resampled with { Optimizer = OptimizerKind.Signum },
        ["muon"] = Small with { Optimizer = OptimizerKind.Muon },
        ["muon with ema, free rows"] = FreeRows with { Optimizer = OptimizerKind.Muon, EmaDecay = 0.9 },
        ["tied"] = Small with { TiedWeights = true },
        ["tied with signum"] = Small with { TiedWeights = true, Optimizer = OptimizerKind.Signum },
        ["tied with muon"] = Small with { TiedWeights = true, Optimizer = OptimizerKind.Muon },
        ["tied with thresholds"] = Small with { Architecture = "jumprelu", TiedWeights = true, EmaDecay = 0.9 },
        ["tied gates"] = Small with { Architecture = "gated", TiedWeights = true },
        ["k that falls, with a threshold"] = Small with { Architecture = "batchtopk", KStart = 12, KAnnealSteps = 30 },
        ["clipped gates that begin again"] = Resampled with { Architecture = "gated", MaxGradientNorm = 0.05 },
        ["signum with thresholds"] = Small with { Architecture = "jumprelu", Optimizer = OptimizerKind.Signum },
    };

    public static TheoryData<string> Names => [.. Choices.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_run_resumes_bit_for_bit_whatever_the_threads(string name)
    {
        using TrainingData data = new(rows: 900, dIn: 9);
        string whole = TrainingRuns.Train(new CpuBackend(1), data, "whole", Choices[name], stopAt: null);
        string interrupted = TrainingRuns.Train(new CpuBackend(3), data, "interrupted", Choices[name], stopAt: 17);
        using (CpuBackend backend = new(2))
        using (ActivationStore store = data.Open())
        using (TrainingSession session = TrainingSession.Resume(backend, store, interrupted))
        {
            Assert.Equal(17, session.Step);
            Assert.True(session.Run().Completed);
        }

        Assert.Equal(TrainingData.HashOfWeights(whole), TrainingData.HashOfWeights(interrupted));
        Assert.Equal(TrainingRuns.Losses(whole), TrainingRuns.Losses(interrupted));
    }

    [Theory]
    [InlineData("adamw, wsd")]
    [InlineData("ema")]
    [InlineData("signum")]
    [InlineData("muon")]
    [InlineData("tied")]
    public void On_the_simulator_a_run_resumes_bit_for_bit_too(string name)
    {
        using TrainingData data = new(rows: 200, dIn: 6);
        TrainingOptions options = Choices[name] with { Latents = 8, K = 2, Batch = 8, Steps = 4, CheckpointEvery = 2 };
        TestBackends.Use("ilgpu-cpu", first =>
        {
            string whole = TrainingRuns.TrainOn(first, data, "whole", options);
            string interrupted = TrainingRuns.TrainOn(first, data, "interrupted", options, stopAt: 2);

            // Another backend goes on: nothing of the run may be left in the first one.
            TestBackends.Use("ilgpu-cpu", second =>
            {
                using ActivationStore store = data.Open();
                using TrainingSession session = TrainingSession.Resume(second, store, interrupted);
                Assert.True(session.Run().Completed);
            });
            Assert.Equal(TrainingData.HashOfWeights(whole), TrainingData.HashOfWeights(interrupted));
        });
    }

    [Theory]
    [InlineData("ema", 3e-3)]
    [InlineData("signum", 5e-3)]
    [InlineData("muon", 2e-3)]
    [InlineData("tied", 3e-3)]
    [InlineData("tied with muon", 2e-3)]
    public void What_is_saved_reconstructs_data_that_was_held_out(string name, double rate)
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        TrainingOptions options = Choices[name] with { Steps = 600, LearningRate = rate, CheckpointEvery = 600 };
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        Assert.True(session.Run().Completed);
        EvaluationResult found = session.Evaluate()!;
        Assert.True(found.Fvu < 0.4, $"held-out FVU {found.Fvu}");
    }

    [Fact]
    public void The_saved_weights_are_the_moving_average_of_those_after_every_step()
    {
        const int Steps = 9;
        const double Decay = 0.75;
        using CpuBackend backend = new(1);
        using TrainingState state = Begin(backend, Small with { EmaDecay = Decay, Steps = Steps });
        double[] sum = new double[48 * 8];
        double largest = 0;
        for (int step = 1; step <= Steps; step++)
        {
            Advance(state, step);
            double[] weights = state.Parameters.WEnc.ToArray();
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] = (Decay * sum[i]) + ((1 - Decay) * weights[i]);
                largest = Math.Max(largest, Math.Abs(weights[i]));
            }
        }

        double correction = 1 / (1 - Math.Pow(Decay, Steps));
        double[] expected = [.. sum.Select(value => correction * value)];
        using Sae saved = Export(state, backend);
        // Two roundings a step, and two of the correction.
        double bound = correction * ((2 * Steps) + 2) * largest / (1 << 24);
        TensorAssert.Within("WEnc", expected, saved.Parameters.WEnc.ToArray(), bound);
        RequireUnitRows(saved);
    }

    // E1 of the acceptance checks: rows within 1e-5 of unit length, gradients within 1e-5 of a right angle to them.
    [Theory]
    [InlineData("topk")]
    [InlineData("relu")]
    [InlineData("gated")]
    public void Decoder_rows_keep_their_length_and_their_gradients_are_across_them(string architecture)
    {
        using CpuBackend backend = new(1);
        using TrainingState state = Begin(backend, architecture == "topk"
            ? Small
            : Small with { Architecture = architecture, K = null, L1Coefficient = 0.1 });
        double[] before = [.. state.Parameters.WDec.ToArray().Chunk(8).SelectMany(row =>
        {
            double length = Math.Sqrt(row.Sum(value => value * value));
            return row.Select(value => value / length);
        })];
        state.Parameters.WDec.Buffer.Upload(before);
        Advance(state, 1);

        // The first step's moment is the gradient times a constant.
        double[] moment = state.Optimizer.WDec.FirstMoment.ToArray();
        int moved = 0;
        foreach ((double[] row, double[] gradient) in before.Chunk(8).Zip(moment.Chunk(8)))
        {
            double length = Math.Sqrt(gradient.Sum(value => value * value));
            Assert.InRange(row.Zip(gradient).Sum(pair => pair.First * pair.Second), -1e-5 * length, 1e-5 * length);
            moved += length > 0 ? 1 : 0;
        }

        Assert.True(moved > 10);
        for (int step = 2; step <= Small.Steps; step++)
        {
            Advance(state, step);
            Assert.All(state.Parameters.WDec.ToArray().Chunk(8), row => Assert.Equal(
                1, Math.Sqrt(row.Sum(value => value * value)), 1e-5));
        }
    }

    [Theory]
    [InlineData("ema")]
    [InlineData("ema with thresholds")]
    [InlineData("muon with ema, free rows")]
    [InlineData("tied with thresholds")]
    public void The_average_has_the_bits_of_sums_that_are_taken_after_every_step(string name)
    {
        const int Steps = 5;
        TrainingOptions options = Choices[name] with { Steps = Steps };
        using CpuBackend backend = new(1);
        using TrainingState averaged = Begin(backend, options);
        using TrainingState plain = Begin(backend, options with { EmaDecay = 0 });
        double decay = (float)options.EmaDecay;
        Dictionary<string, RealBuffer> sums = plain.Optimizer.All.ToDictionary(
            pair => pair.Name, pair => backend.AllocateReal(pair.Name, pair.Parameters.Values.Length));
        for (int step = 1; step <= Steps; step++)
        {
            Advance(averaged, step);
            Advance(plain, step);
            foreach ((string parameter, AdamParameters parameters) in plain.Optimizer.All)
            {
                backend.WeightedSum(new WeightedSumArguments
                {
                    Length = parameters.Values.Length,
                    First = sums[parameter],
                    FirstFactor = decay,
                    Second = parameters.Values,
                    SecondFactor = 1 - decay,
                    Sum = sums[parameter],
                });
            }
        }

        Assert.Equal(sums.Keys.Order(), averaged.Average!.Sums.Keys.Order());
        Assert.Contains(sums["WDec"].ToArray(), value => value != 0);
        foreach ((string parameter, RealBuffer sum) in sums)
        {
            TensorAssert.SameBits(parameter, sum.ToArray(), averaged.Average.Sums[parameter].ToArray());
            sum.Dispose();
        }
    }

    [Fact]
    public void The_saved_weights_of_signum_are_the_mean_of_its_iterates()
    {
        const int Steps = 7;
        const double Rate = 1.0 / 64;
        using CpuBackend backend = new(1);
        TrainingOptions options =
            FreeRows with { Optimizer = OptimizerKind.Signum, Steps = Steps, LearningRate = Rate };
        using TrainingState state = Begin(backend, options);
        double[] sum = new double[48 * 8];
        for (int step = 1; step <= Steps; step++)
        {
            Advance(state, step);
            double[] iterate = state.Optimizer.WEnc.FirstMoment.ToArray();
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += iterate[i];
            }
        }

        using Sae saved = Export(state, backend);
        // Rows are free here. Weights stay below 1; six roundings a step, and a twentieth more for the extrapolation.
        double bound = 1.2 * ((6 * Steps) + 3) / (1 << 24);
        TensorAssert.Within(
            "WEnc", [.. sum.Select(value => value / Steps)], saved.Parameters.WEnc.ToArray(), bound);
    }

    [Fact]
    public void Rows_of_the_saved_decoder_have_unit_length_with_signum()
    {
        using CpuBackend backend = new(1);
        using TrainingState state = Begin(backend, Small with { Optimizer = OptimizerKind.Signum, Steps = 5 });
        for (int step = 1; step <= 5; step++)
        {
            Advance(state, step);
        }

        using Sae saved = Export(state, backend);
        RequireUnitRows(saved);
    }

    [Fact]
    public void A_checkpoint_from_before_the_first_step_has_the_initial_weights()
    {
        using CpuBackend backend = new(1);
        using TrainingState state = Begin(backend, Small with { Optimizer = OptimizerKind.Signum });
        using Sae saved = Export(state, backend);
        TensorAssert.Equal("WEnc", state.Parameters.WEnc.ToArray(), saved.Parameters.WEnc.ToArray());
    }

    [Theory]
    [InlineData(OptimizerKind.Signum, 1.0)]
    [InlineData(OptimizerKind.Adam, 2.0)]
    [InlineData(OptimizerKind.Muon, 2.0)]
    public void Signum_allocates_no_second_moment(OptimizerKind kind, double copies)
    {
        using CpuBackend backend = new(1);
        SaeConfig config = new() { Architecture = "topk", DIn = 8, DSae = 64, K = 4 };
        using SaeParameters parameters = new(backend, config);
        long before = backend.AllocatedBytes;
        using OptimizerState state = new(backend, parameters, kind);
        Assert.Equal(copies, (backend.AllocatedBytes - before) / (double)before);
    }

    public static TheoryData<TrainingOptions, string> Faults => new()
    {
        { Small with { LearningRateRule = "openai" }, "LearningRate and LearningRateRule exclude each other" },
        { Small with { LearningRate = null, LearningRateRule = "none" }, "LearningRateRule must be one of default," },
        { Small with { LearningRateFloor = 1 }, "LearningRateFloor must be from 0 to below 1" },
        {
            Small with { LearningRateShape = LearningRateShape.Constant, DecaySteps = 3 },
            "DecaySteps must be left out where LearningRateShape is Constant, but is 3"
        },
        { Small with { WeightDecay = -1 }, "WeightDecay must be at least 0" },
        { Small with { Optimizer = OptimizerKind.Signum, WeightDecay = 0.1 }, "and 0 for Signum" },
        { Small with { EmaDecay = 1 }, "EmaDecay must be from 0 to below 1" },
        { Small with { EmaDecay = 0.99999999 }, "EmaDecay must be from 0 to below 1" },
        { Small with { Optimizer = OptimizerKind.Signum, EmaDecay = 0.9 }, "which averages itself" },
        { Small with { Momentum = 0.9 }, "left out for Adam" },
        { Small with { Optimizer = OptimizerKind.Signum, MaxGradientNorm = 1 }, "MaxGradientNorm must be left out" },
        { Small with { Optimizer = OptimizerKind.Muon, MaxGradientNorm = 1 }, "must be left out for Muon" },
        { Small with { WeightDecay = 600 }, "below 1 / LearningRate = " },
        // 8e-4 / sqrt(48 / 16,384), of which 67.66 is the inverse.
        { Small with { LearningRate = null, WeightDecay = 68 }, "below 1 / LearningRate = 67.66, " },
        { Small with { Prefixes = [6, 12] }, "Prefixes must be left out for topk, which has none, but is 6,12." },
        { Small with { ResampleTimes = 2 }, "without ResampleEvery, but are 2 and left out." },
        { Small with { Architecture = "transcoder", TiedWeights = true }, "must be false for transcoder, which does" },
        { Small with { Architecture = "crosscoder", K = null, TiedWeights = true }, "false for crosscoder, which" },
        {
            Small with { Architecture = "relu", TiedWeights = true, ResampleEvery = 5 },
            "TiedWeights must be false with ResampleEvery = 5"
        },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void Choices_that_do_not_go_together_are_refused(TrainingOptions options, string message) =>
        Assert.Contains(
            message,
            Assert.Throws<ArgumentException>(() => TrainingPlan.Create(options, dIn: 8, trainingRows: 1000)).Message,
            StringComparison.Ordinal);

    private static TrainingState Begin(CpuBackend backend, TrainingOptions options)
    {
        TrainingPlan plan = TrainingPlan.Create(options, dIn: 8, trainingRows: 1000);
        TrainingState state = new(backend, plan, Normalization.Identity, variance: 8);
        double[] rows = [.. Enumerable.Range(0, 48 * 8).Select(i => i % 9 == i / 8 % 9 ? 1 : 0.25 * Math.Sin(i))];
        state.Parameters.WEnc.Buffer.Upload(rows);
        state.Parameters.WDec.Buffer.Upload(rows);
        return state;
    }

    private static void Advance(TrainingState state, int step) =>
        state.Advance([.. Enumerable.Range(0, 64 * 8).Select(i => MathF.Sin((i * 0.7f) + step))]);

    private static Sae Export(TrainingState state, CpuBackend backend)
    {
        string folder = Directory.CreateTempSubdirectory("sae-optimizer-").FullName;
        try
        {
            string file = Path.Combine(folder, "step.safetensors");
            TrainingCheckpoint.Write(file, state);
            TrainingCheckpoint.ExportModel(file, Path.Combine(folder, "model"), backend);
            return SaeLensLayout.Load(Path.Combine(folder, "model"), backend);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void RequireUnitRows(Sae sae)
    {
        double[] rows = sae.Parameters.WDec.ToArray();
        for (int row = 0; row < sae.Config.DSae; row++)
        {
            double squares = rows.AsSpan(row * sae.Config.DIn, sae.Config.DIn).ToArray().Sum(value => value * value);
            Assert.Equal(1, squares, 8.0 / (1 << 23));
        }
    }
}
