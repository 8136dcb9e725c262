using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Numerics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class ReluTrainingTests
{
    private const int DIn = 5;
    private const int Latents = 24;
    private const int Batch = 8;
    private const double Variance = 4.5;

    // An eighth of 24 latents is three: the smaller bias lists its entries, the larger one goes the dense way.
    [Theory]
    [InlineData(false, -6.0, 0)]
    [InlineData(false, 1.0, 0)]
    [InlineData(true, -6.0, 0)]
    [InlineData(true, 1.0, 0)]
    [InlineData(true, -6.0, 2)]
    [InlineData(true, 1.0, 2)]
    public void Every_gradient_matches_central_differences_in_double(bool byDecoderNorm, double bias, int firstSite)
    {
        RandomSequence random = new(77, RandomPurpose.General);
        double[] batch = TrainingRuns.Normals(ref random, Batch * DIn);
        double[] parameters = TrainingRuns.Normals(ref random, (2 * Latents * DIn) + Latents + DIn);
        int bEnc = 2 * Latents * DIn;
        for (int latent = 0; latent < Latents; latent++)
        {
            parameters[bEnc + latent] += latent % 3 == 0 ? 0.5 : bias;
        }

        (double loss, double[] gradient) = Compute(parameters, batch, byDecoderNorm, firstSite);

        Assert.Equal(Loss(parameters, batch, byDecoderNorm, firstSite), loss, 12);
        ObjectiveGradient.RequireCentral(
            parameters,
            () => Loss(parameters, batch, byDecoderNorm, firstSite),
            gradient,
            step: 1e-5,
            share: 1e-3);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("relu-l1-norm")]
    public void Resuming_gives_the_same_weights_bit_for_bit_and_the_model_comes_back(string architecture)
    {
        using TrainingData data = new(rows: 900, dIn: 9);
        TrainingOptions options = Options(architecture) with { Steps = 40, CheckpointEvery = 7 };
        string whole = TrainingRuns.Train(new CpuBackend(1), data, "whole", options, stopAt: null);
        string interrupted = TrainingRuns.Train(new CpuBackend(3), data, "interrupted", options, stopAt: 17);
        using (CpuBackend backend = new(2))
        using (ActivationStore store = data.Open())
        using (TrainingSession session = TrainingSession.Resume(backend, store, interrupted))
        {
            Assert.Equal(17, session.Step);
            Assert.True(session.Run().Completed);
        }

        Assert.Equal(TrainingData.HashOfWeights(whole), TrainingData.HashOfWeights(interrupted));
        using CpuBackend cpu = new(1);
        using Sae sae = SaeLensLayout.Load(whole, cpu);
        Assert.Equal(new SaeConfig { Architecture = architecture, DIn = 9, DSae = 48 }, sae.Config);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("relu-l1-norm")]
    public void A_wanted_number_of_active_latents_is_reached_and_resumed_bit_for_bit(string architecture)
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = Options(architecture) with
        {
            L1Coefficient = null,
            K = 4,
            Steps = 800,
            LearningRate = 5e-3,
            CheckpointEvery = 300,
        };
        string whole = TrainingRuns.Train(new CpuBackend(1), data, "whole", options, stopAt: null);
        string interrupted = TrainingRuns.Train(new CpuBackend(2), data, "interrupted", options, stopAt: 411);
        using CpuBackend backend = new(2);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Resume(backend, store, interrupted);
        Assert.True(session.Run().Completed);

        Assert.Equal(TrainingData.HashOfWeights(whole), TrainingData.HashOfWeights(interrupted));
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.InRange(rows.TakeLast(100).Average(row => row.L0), 0.95 * 4, 1.05 * 4);
        Assert.InRange(session.Evaluate()!.L0, 0.9 * 4, 1.1 * 4);
        Assert.True(rows[0].SparsityCoefficient < rows[^1].SparsityCoefficient);
    }

    [Theory]
    [InlineData("relu")]
    [InlineData("relu-l1-norm")]
    public void Loss_falls_latents_become_few_and_held_out_figures_agree(string architecture)
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = Options(architecture) with { Steps = 500, LearningRate = 5e-3 };
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        Assert.True(session.Run().Completed);

        EvaluationResult evaluation = session.Evaluate()!;
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.True(rows[0].L0 > 12, $"L0 begins at {rows[0].L0}");
        Assert.True(rows[^1].L0 < rows[0].L0 / 2, $"L0 from {rows[0].L0} to {rows[^1].L0}");
        Assert.True(rows[^1].Fvu < 0.5 * rows[0].Fvu, $"FVU from {rows[0].Fvu} to {rows[^1].Fvu}");
        Assert.Equal(evaluation.L0, rows[^1].L0, 0.25 * rows[^1].L0);
    }

    [Fact]
    public async Task A_host_application_keeps_its_thread_pool_while_training_runs()
    {
        using TrainingData data = new(rows: 900, dIn: 9);
        Task<string> training = Task.Factory.StartNew(
            () => TrainingRuns.Train(new CpuBackend(64), data, "run", Options("relu") with { Steps = 300 }),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        int answers = 0;
        while (!training.IsCompleted)
        {
            // The pool starts as many threads as there are processors: were ours among them, this would wait for them.
            await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Run(() => { })));
            answers++;
        }

        await training;
        Assert.True(answers > 0);
        Assert.True(ThreadPool.ThreadCount < 64, $"{ThreadPool.ThreadCount} threads in the pool");
    }

    [Fact]
    public void What_does_not_belong_to_an_architecture_is_refused()
    {
        Refuses("K and L1Coefficient exclude each other, but are 4 and 0.2", Options("relu") with { K = 4 });
        Refuses("K must be between 1 and Latents = 48", Options("relu") with { K = 49, L1Coefficient = null });
        Refuses("AuxK must be left out for relu", Options("relu") with { AuxK = 4 });
        Refuses("AuxKAlpha must be left out for relu", Options("relu") with { AuxKAlpha = 0.5 });
        Refuses("L1Coefficient must be a number of at least 0", Options("relu") with { L1Coefficient = -1 });
        Refuses("L1Coefficient must be left out for topk", new TrainingOptions { L1Coefficient = 1 });
    }

    private static void Refuses(string message, TrainingOptions options)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => TrainingPlan.Create(options, 16, 1000));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    private static TrainingOptions Options(string architecture) => new()
    {
        Architecture = architecture,
        L1Coefficient = 0.2,
        Latents = 48,
        Batch = 64,
        LogEvery = 1,
        DeadAfterTokens = 640,
    };

    /// <summary>The loss from its formula: W_enc, W_dec, b_enc, b_dec one after another.</summary>
    private static double Loss(double[] p, double[] batch, bool byDecoderNorm, int firstSite)
    {
        const int Matrix = Latents * DIn;
        double loss = 0;
        for (int row = 0; row < Batch; row++)
        {
            double[] x = batch[(row * DIn)..((row + 1) * DIn)];
            double[] residual = [.. x.Select((value, d) => value - p[^(DIn - d)])];
            double[] centered = [.. residual];
            for (int latent = 0; latent < Latents; latent++)
            {
                double[] encoder = p[(latent * DIn)..((latent + 1) * DIn)];
                double[] decoder = p[(Matrix + (latent * DIn))..(Matrix + ((latent + 1) * DIn))];
                double z = Math.Max(0, p[(2 * Matrix) + latent] + encoder.Zip(centered, (w, v) => w * v).Sum());
                for (int d = 0; d < DIn; d++)
                {
                    residual[d] -= z * decoder[d];
                }

                double weight = byDecoderNorm ? Norm(decoder[..firstSite]) + Norm(decoder[firstSite..]) : 1;
                loss += 0.3 * z * weight / Math.Sqrt(Variance) / Batch;
            }

            loss += residual.Sum(e => e * e) / Variance / Batch;
        }

        return loss;
    }

    private static double Norm(double[] part) => Math.Sqrt(part.Sum(w => w * w));

    // Half way through the warm-up.
    private static (double Loss, double[] Gradient) Compute(
        double[] p, double[] batch, bool byDecoderNorm, int firstSite) => ObjectiveGradient.Compute(
            new SaeConfig { Architecture = "relu", DIn = DIn, DSae = Latents },
            p,
            batch,
            (backend, model) => new ReluObjective(backend, model, new ReluObjectiveOptions
            {
                Batch = Batch,
                L1Coefficient = 0.6,
                L1WarmupSteps = 4,
                ByDecoderNorm = byDecoderNorm,
                Sites = firstSite > 0 ? [firstSite, DIn - firstSite] : null,
                DeadAfterTokens = 100,
                Variance = Variance,
                MaxGradientNorm = double.PositiveInfinity,
                ProjectDecoderGradient = false,
            }),
            step: 2);
}
