using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Numerics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class PAnnealTrainingTests
{
    private const int DIn = 5;
    private const int Latents = 24;
    private const int Batch = 8;
    private const int Matrix = Latents * DIn;
    private const double Variance = 4.5;
    private const double Coefficient = 0.6;

    // An eighth of 24 latents is three: the smaller bias lists its entries, the larger one goes the dense way. The
    // changes are at steps 10, 20, …, 100: at step 35 the exponent is 1 − 0.8 · 3/10.
    [Theory]
    [InlineData(-6.0, 35, 0.76)]
    [InlineData(1.0, 35, 0.76)]
    [InlineData(1.0, 100, 0.2)]
    [InlineData(1.0, 9, 1.0)]
    public void Every_gradient_agrees_with_central_differences(double bias, long step, double exponent)
    {
        RandomSequence random = new(79, RandomPurpose.General);
        double[] batch = TrainingRuns.Normals(ref random, Batch * DIn);
        double[] parameters = TrainingRuns.Normals(ref random, (2 * Matrix) + Latents + DIn);
        for (int latent = 0; latent < Latents; latent++)
        {
            parameters[(2 * Matrix) + latent] += latent % 3 == 0 ? 0.5 : bias;
        }

        // A dead latent, and one that ties with another.
        parameters[(2 * Matrix) + 1] = -100;
        parameters.AsSpan(2 * DIn, DIn).CopyTo(parameters.AsSpan(5 * DIn));
        (double loss, double[] gradient) = Compute(parameters, batch, step);

        double direct = Loss(parameters, batch, exponent);
        Assert.Equal(direct, loss, 1e-13 * Batch * Latents * direct);
        ObjectiveGradient.RequireCentral(
            parameters, () => Loss(parameters, batch, exponent), gradient, step: 1e-6, share: 1e-2);
    }

    [Fact]
    public void The_exponent_falls_in_ten_parts_and_the_penalty_does_not_jump_with_it()
    {
        using TrainingData data = new(rows: 2000, dIn: 16);
        TrainingOptions options = new()
        {
            Architecture = "p-anneal",
            L1Coefficient = 0.2,
            Latents = 48,
            Batch = 256,
            Steps = 400,
            LearningRate = 1e-5,
            LogEvery = 1,
        };
        using CpuBackend backend = new(2);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        session.Run();

        // λ changes with the exponent, after the 20 steps over which it rises: at step 40, 71, …, 320.
        MetricsRow[] rows = [.. MetricsLog.Read(session.Folder.MetricsFile)];
        long[] changes = [.. Enumerable.Range(0, 10).Select(i => 40 + (i * 280L / 9))];
        MetricsRow[] before = [.. changes.Select(step => rows[step - 2])];
        MetricsRow[] after = [.. changes.Select(step => rows[step - 1])];
        Assert.Equal(
            changes,
            rows.Skip(20).Zip(rows.Skip(21))
                .Where(pair => pair.First.SparsityCoefficient != pair.Second.SparsityCoefficient)
                .Select(pair => pair.Second.Step));

        // The rate is so small that only the batches differ: their penalties spread by less than a tenth.
        Assert.All(before.Zip(after), pair => Assert.Equal(
            pair.First.Loss - pair.First.Fvu,
            pair.Second.Loss - pair.Second.Fvu,
            0.1 * (pair.First.Loss - pair.First.Fvu)));
    }

    [Fact]
    public void An_exponent_outside_its_range_or_of_another_architecture_is_refused()
    {
        TrainingOptions options = new() { Architecture = "p-anneal", EndExponent = 1.5 };
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => TrainingPlan.Create(options, 16, 1000));
        Assert.Contains("EndExponent must be above 0 and at most 1, but is 1.5", refusal.Message);
        refusal = Assert.Throws<ArgumentException>(
            () => TrainingPlan.Create(options with { Architecture = "relu" }, 16, 1000));
        Assert.Contains("EndExponent must be left out for relu", refusal.Message);
    }

    /// <summary>The loss from its formula: W_enc, W_dec, b_enc, b_dec one after another.</summary>
    private static double Loss(double[] p, double[] batch, double exponent)
    {
        double root = Math.Sqrt(Variance);
        double offset = exponent < 1 ? 1e-3 * root : 0;
        double loss = 0;
        for (int row = 0; row < Batch; row++)
        {
            double[] residual = [.. batch[(row * DIn)..((row + 1) * DIn)].Select((x, d) => x - p[^(DIn - d)])];
            double[] centered = [.. residual];
            for (int latent = 0; latent < Latents; latent++)
            {
                double[] encoder = p[(latent * DIn)..((latent + 1) * DIn)];
                double z = Math.Max(0, p[(2 * Matrix) + latent] + encoder.Zip(centered, (w, v) => w * v).Sum());
                for (int d = 0; d < DIn; d++)
                {
                    residual[d] -= z * p[Matrix + (latent * DIn) + d];
                }

                double cost = Math.Pow(z + offset, exponent) - Math.Pow(offset, exponent);
                loss += Coefficient * cost / root / Batch;
            }

            loss += residual.Sum(e => e * e) / Variance / Batch;
        }

        return loss;
    }

    private static (double Loss, double[] Gradient) Compute(double[] p, double[] batch, long step) =>
        ObjectiveGradient.Compute(
            new SaeConfig { Architecture = "p-anneal", DIn = DIn, DSae = Latents },
            p,
            batch,
            (backend, model) => new PAnnealObjective(backend, model, new ReluObjectiveOptions
            {
                Batch = Batch,
                L1Coefficient = Coefficient,
                L1WarmupSteps = 0,
                ByDecoderNorm = false,
                ExponentFirstStep = 10,
                ExponentLastStep = 100,
                EndExponent = 0.2,
                DeadAfterTokens = 100,
                Variance = Variance,
                MaxGradientNorm = double.PositiveInfinity,
                ProjectDecoderGradient = false,
            }),
            step);
}
