using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Numerics;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class JumpReluTrainingTests
{
    private const int DIn = 5;
    private const int Latents = 24;
    private const int Batch = 8;
    private const int Matrix = Latents * DIn;
    private const double Variance = 4.5;
    private const double Bandwidth = 0.3;
    private const double Coefficient = 0.04;
    private const double Wanted = 5;

    // An eighth of 24 latents is three: the smaller bias lists its entries, the larger one goes the dense way.
    [Theory]
    [InlineData(-6.0)]
    [InlineData(1.0)]
    public void Weights_have_the_gradients_of_central_differences_and_thresholds_those_of_the_written_formula(
        double bias)
    {
        RandomSequence random = new(78, RandomPurpose.General);
        double[] batch = TrainingRuns.Normals(ref random, Batch * DIn);
        double[] parameters = TrainingRuns.Normals(ref random, (2 * Matrix) + Latents + DIn);
        double[] thresholds = [.. TrainingRuns.Normals(ref random, Latents).Select(value => 0.6 * Math.Abs(value))];
        thresholds[4] = 0;
        for (int latent = 0; latent < Latents; latent++)
        {
            parameters[(2 * Matrix) + latent] += latent % 3 == 0 ? 0.5 : bias;
        }

        foreach (bool isPriced in (bool[])[true, false])
        {
            (double loss, double[] found) = Compute([.. parameters, .. thresholds], batch, isPriced);
            double[] gradient = found[..^Latents];

            // L0 is constant between jumps, so the weights' gradients are those of the squared error alone.
            Assert.Equal(Loss(parameters, thresholds, batch, isPriced), loss, 12);
            ObjectiveGradient.RequireCentral(
                parameters, () => Loss(parameters, thresholds, batch, isPriced), gradient, step: 1e-6, share: 1e-2);
            double[] written = StraightThrough(parameters, thresholds, batch, isPriced);
            Assert.Contains(written, value => value != 0);
            TensorAssert.Within(
                "threshold", written, found.AsSpan(parameters.Length), i => 1e-12 * (1 + Math.Abs(written[i])));
        }
    }

    [Fact]
    public void Resuming_gives_the_same_weights_bit_for_bit_and_the_model_comes_back_from_its_folder()
    {
        using TrainingData data = new(rows: 900, dIn: 9);
        TrainingOptions options = Options() with { Steps = 40, CheckpointEvery = 7 };
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
        string config = File.ReadAllText(Path.Combine(whole, SaeLensLayout.ConfigFileName));
        Assert.Contains("\"architecture\": \"jumprelu\"", config, StringComparison.Ordinal);
        using CpuBackend cpu = new(1);
        using Sae sae = SaeLensLayout.Load(whole, cpu);
        Assert.Equal(new SaeConfig { Architecture = "jumprelu", DIn = 9, DSae = 48 }, sae.Config);
        float[] thresholds = new float[48];
        sae.Parameters.LatentVector(LatentVector.ThresholdName).Download(thresholds);
        Assert.True(thresholds.Distinct().Count() > 24);
        Assert.All(thresholds, threshold => Assert.True(threshold >= 0));
    }

    [Fact]
    public void A_wanted_number_of_active_latents_is_reached()
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = Options() with { K = 4, L1Coefficient = null, Steps = 800, LearningRate = 5e-3 };
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        Assert.True(session.Run().Completed);

        EvaluationResult evaluation = session.Evaluate()!;
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.True(rows[0].L0 > 12, $"L0 begins at {rows[0].L0}");
        Assert.InRange(evaluation.L0, 0.9 * 4, 1.1 * 4);
        Assert.True(rows[^1].Fvu < 0.5 * rows[0].Fvu, $"FVU from {rows[0].Fvu} to {rows[^1].Fvu}");
    }

    private static TrainingOptions Options() => new()
    {
        Architecture = "jumprelu",
        L1Coefficient = 0.01,
        Latents = 48,
        Batch = 64,
        LogEvery = 1,
        DeadAfterTokens = 640,
    };

    private static double PreActivation(double[] p, double[] batch, int row, int latent)
    {
        double sum = p[(2 * Matrix) + latent];
        for (int d = 0; d < DIn; d++)
        {
            sum += p[(latent * DIn) + d] * (batch[(row * DIn) + d] - p[^(DIn - d)]);
        }

        return sum;
    }

    private static double[] Residual(double[] p, double[] thresholds, double[] batch, int row)
    {
        double[] residual = new double[DIn];
        for (int d = 0; d < DIn; d++)
        {
            residual[d] = batch[(row * DIn) + d] - p[^(DIn - d)];
        }

        for (int latent = 0; latent < Latents; latent++)
        {
            double z = PreActivation(p, batch, row, latent);
            for (int d = 0; z > thresholds[latent] && d < DIn; d++)
            {
                residual[d] -= z * p[Matrix + (latent * DIn) + d];
            }
        }

        return residual;
    }

    private static double MeanActive(double[] p, double[] thresholds, double[] batch) =>
        Enumerable.Range(0, Batch * Latents)
            .Count(pair => PreActivation(p, batch, pair / Latents, pair % Latents) > thresholds[pair % Latents])
        / (double)Batch;

    /// <summary>The loss from its formula, half way through the warm-up: W_enc, W_dec, b_enc, b_dec.</summary>
    private static double Loss(double[] p, double[] thresholds, double[] batch, bool isPriced)
    {
        double squares = Enumerable.Range(0, Batch)
            .Sum(row => Residual(p, thresholds, batch, row).Sum(e => e * e));
        double active = MeanActive(p, thresholds, batch);
        double penalty = isPriced ? Coefficient * active : Math.Pow((active / Wanted) - 1, 2);
        return (squares / Variance / Batch) + (0.5 * penalty);
    }

    /// <summary>∂θ = −(1/ε) · Σ (θ · ∂L/∂z + ∂P/∂n) over the entries with |z − θ| below ε/2.</summary>
    private static double[] StraightThrough(double[] p, double[] thresholds, double[] batch, bool isPriced)
    {
        double active = MeanActive(p, thresholds, batch);
        double price = isPriced ? Coefficient : 2 * ((active / Wanted) - 1) / Wanted;
        double width = Bandwidth * Math.Sqrt(Variance);
        double[] gradient = new double[Latents];
        for (int row = 0; row < Batch; row++)
        {
            double[] residual = Residual(p, thresholds, batch, row);
            for (int latent = 0; latent < Latents; latent++)
            {
                if (Math.Abs(PreActivation(p, batch, row, latent) - thresholds[latent]) < width / 2)
                {
                    double along = residual.Select((e, d) => e * p[Matrix + (latent * DIn) + d]).Sum();
                    double byValue = -2 * along / (Batch * Variance);
                    gradient[latent] -= ((thresholds[latent] * byValue) + (0.5 * price / Batch)) / width;
                }
            }
        }

        return gradient;
    }

    // Half way through the warm-up.
    private static (double Loss, double[] Gradient) Compute(double[] p, double[] batch, bool isPriced) =>
        ObjectiveGradient.Compute(
            new SaeConfig { Architecture = "jumprelu", DIn = DIn, DSae = Latents },
            p,
            batch,
            (backend, model) => new JumpReluObjective(backend, model, new JumpReluObjectiveOptions
            {
                Batch = Batch,
                Coefficient = isPriced ? Coefficient : 0,
                TargetL0 = isPriced ? 0 : Wanted,
                WarmupSteps = 4,
                Bandwidth = Bandwidth,
                DeadAfterTokens = 100,
                Variance = Variance,
                MaxGradientNorm = double.PositiveInfinity,
                ProjectDecoderGradient = false,
            }),
            step: 2);
}
