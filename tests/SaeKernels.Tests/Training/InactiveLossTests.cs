using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Numerics;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>JumpReLU with a penalty that saturates, and the loss on what is not active.</summary>
public class InactiveLossTests
{
    private const int DIn = 5;
    private const int Latents = 24;
    private const int Batch = 8;
    private const int Matrix = Latents * DIn;
    private const int Weights = (2 * Matrix) + Latents + DIn;
    private const double Variance = 4.5;
    private const double Lambda = 0.04;
    private const double InactiveLambda = 0.3;
    private static readonly double Deviation = Math.Sqrt(Variance / DIn);

    // An eighth of 24 latents is three: the smaller bias lists its entries, the larger one goes the dense way.
    [Theory]
    [InlineData(-6.0)]
    [InlineData(1.0)]
    public void The_saturating_loss_has_central_differences_and_the_written_straight_through_gradients(double bias)
    {
        double[] batch = Normals(81, Batch * DIn);
        double[] p = Parameters(bias);
        (double loss, double[] found) = Compute(p, batch, (backend, model) => new JumpReluTanhObjective(
            backend, model, new ReluObjectiveOptions
            {
                Batch = Batch,
                L1Coefficient = Lambda,
                L1WarmupSteps = 4,
                ByDecoderNorm = true,
                InactiveCoefficient = InactiveLambda,
                DeadAfterTokens = 100,
                Variance = Variance,
                MaxGradientNorm = double.PositiveInfinity,
            }));

        double Direct() => SquaredError(p, batch) + Saturating(p, batch) + Inactive(p, batch, byNorm: true, _ => true);
        Assert.Equal(Direct(), loss, 1e-12 * loss);
        double[] expected = FiniteDifferences.Central(p, Direct, 1e-6);
        AddStraightThrough(p, batch, expected);
        RequireClose(expected, found);
    }

    [Fact]
    public void Dead_latents_alone_pay_for_what_is_not_active_where_the_penalty_is_on_their_number()
    {
        double[] batch = Normals(82, Batch * DIn);
        double[] p = Parameters(-2);
        bool[] isDead = [.. Enumerable.Range(0, Latents)
            .Select(latent => Enumerable.Range(0, Batch).All(row => Activation(p, batch, row, latent) == 0))];
        (double loss, double[] found) = Compute(p, batch, (backend, model) => new JumpReluObjective(
            backend, model, new JumpReluObjectiveOptions
            {
                Batch = Batch,
                WarmupSteps = 0,
                Bandwidth = 1e-9,
                InactiveCoefficient = InactiveLambda,

                // After this one batch, what was silent in it is dead.
                DeadAfterTokens = Batch,
                Variance = Variance,
                MaxGradientNorm = double.PositiveInfinity,
                ProjectDecoderGradient = false,
            }));

        double Direct() => SquaredError(p, batch) + Inactive(p, batch, byNorm: false, latent => isDead[latent]);
        Assert.InRange(isDead.Count(dead => dead), 2, Latents - 2);
        Assert.Equal(Direct(), loss, 1e-12 * loss);
        RequireClose(FiniteDifferences.Central(p, Direct, 1e-6), found);
    }

    [Fact]
    public void A_wanted_number_of_active_latents_is_reached()
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = new()
        {
            Architecture = "jumprelu-tanh",
            K = 4,
            Latents = 48,
            Batch = 64,
            Steps = 800,
            LearningRate = 5e-3,
            DeadAfterTokens = 6400,
        };
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        Assert.True(session.Run().Completed);

        EvaluationResult evaluation = session.Evaluate()!;
        IReadOnlyList<MetricsRow> rows = MetricsLog.Read(session.Folder.MetricsFile);
        Assert.True(rows[0].L0 > 12, $"L0 begins at {rows[0].L0}");
        Assert.InRange(evaluation.L0, 0.8 * 4, 1.2 * 4);
        Assert.True(rows[^1].Fvu < 0.5 * rows[0].Fvu, $"FVU from {rows[0].Fvu} to {rows[^1].Fvu}");
    }

    [Fact]
    public void A_given_weight_rises_over_the_whole_run_and_an_adapted_one_over_half_of_it()
    {
        TrainingOptions options = new() { Architecture = "jumprelu-tanh", Steps = 1000 };
        Assert.Equal(500, TrainingPlan.Create(options, 16, 1000).L1WarmupSteps);
        TrainingPlan plan = TrainingPlan.Create(options with { L1Coefficient = 0.1 }, 16, 1000);
        Assert.Equal((1000, 3e-6), (plan.L1WarmupSteps, plan.InactiveCoefficient));
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => TrainingPlan.Create(
            new TrainingOptions { InactiveCoefficient = 0.1 }, 16, 1000));
        Assert.Contains("InactiveCoefficient must be left out for topk", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>W_enc, W_dec, b_enc, b_dec, thresholds.</summary>
    private static double[] Parameters(double bias)
    {
        double[] p = Normals(83, Weights + Latents);
        for (int latent = 0; latent < Latents; latent++)
        {
            p[(2 * Matrix) + latent] += latent % 3 == 0 ? 0.5 : bias;
            p[Weights + latent] = 0.6 * Math.Abs(p[Weights + latent]);
        }

        // A threshold of 0, a silent latent, and one that ties with another.
        p[Weights + 4] = 0;
        p[(2 * Matrix) + 1] = -20;
        p.AsSpan(2 * DIn, DIn).CopyTo(p.AsSpan(5 * DIn));
        return p;
    }

    private static double[] Normals(ulong seed, int count)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        return TrainingRuns.Normals(ref random, count);
    }

    private static double Centered(double[] p, double[] batch, int row, int d) =>
        batch[(row * DIn) + d] - p[(2 * Matrix) + Latents + d];

    private static double PreActivation(double[] p, double[] batch, int row, int latent) =>
        p[(2 * Matrix) + latent]
        + Enumerable.Range(0, DIn).Sum(d => p[(latent * DIn) + d] * Centered(p, batch, row, d));

    private static double Activation(double[] p, double[] batch, int row, int latent)
    {
        double z = PreActivation(p, batch, row, latent);
        return z > p[Weights + latent] ? z : 0;
    }

    private static double[] Residual(double[] p, double[] batch, int row) =>
    [
        .. Enumerable.Range(0, DIn).Select(d => Centered(p, batch, row, d) - Enumerable.Range(0, Latents)
            .Sum(latent => Activation(p, batch, row, latent) * p[Matrix + (latent * DIn) + d])),
    ];

    private static double Norm(double[] p, int latent) =>
        Math.Sqrt(Enumerable.Range(0, DIn).Sum(d => Math.Pow(p[Matrix + (latent * DIn) + d], 2)));

    private static double SquaredError(double[] p, double[] batch) =>
        Enumerable.Range(0, Batch).Sum(row => Residual(p, batch, row).Sum(e => e * e)) / Variance / Batch;

    /// <summary>Half way through the warm-up.</summary>
    private static double Saturating(double[] p, double[] batch) => 0.5 * Lambda / Batch * Pairs().Sum(
        pair => Math.Tanh(4 * Activation(p, batch, pair.Row, pair.Latent) * Norm(p, pair.Latent) / Deviation));

    private static double Inactive(double[] p, double[] batch, bool byNorm, Func<int, bool> pays) =>
        InactiveLambda / DIn / Batch / Deviation * Pairs().Where(pair => pays(pair.Latent)).Sum(
            pair => Math.Max(0, p[Weights + pair.Latent] - PreActivation(p, batch, pair.Row, pair.Latent))
                * (byNorm ? Norm(p, pair.Latent) : 1));

    private static IEnumerable<(int Row, int Latent)> Pairs() =>
        Enumerable.Range(0, Batch * Latents).Select(pair => (pair / Latents, pair % Latents));

    /// <summary>∂z += θ/ε · ∂L/∂f and ∂θ −= θ/ε · ∂L/∂f for the pairs with |z − θ| below ε/2, ε = 2σ.</summary>
    private static void AddStraightThrough(double[] p, double[] batch, double[] gradient)
    {
        foreach ((int row, int latent) in Pairs())
        {
            double cut = p[Weights + latent];
            if (Math.Abs(PreActivation(p, batch, row, latent) - cut) >= Deviation)
            {
                continue;
            }

            double[] residual = Residual(p, batch, row);
            double along = residual.Select((e, d) => e * p[Matrix + (latent * DIn) + d]).Sum();
            double slope = 4 * Norm(p, latent) / Deviation;
            double tanh = Math.Tanh(slope * Activation(p, batch, row, latent));
            double byValue = (-2 * along / (Batch * Variance)) + (0.5 * Lambda / Batch * slope * (1 - (tanh * tanh)));
            double flow = cut * byValue / (2 * Deviation);
            gradient[Weights + latent] -= flow;
            gradient[(2 * Matrix) + latent] += flow;
            for (int d = 0; d < DIn; d++)
            {
                gradient[(latent * DIn) + d] += flow * Centered(p, batch, row, d);
                gradient[(2 * Matrix) + Latents + d] -= flow * p[(latent * DIn) + d];
            }
        }
    }

    private static void RequireClose(double[] expected, double[] found)
    {
        ObjectiveGradient.RequireClose(expected, found, share: 1e-2);
        Assert.Contains(expected.Skip(Weights), value => value != 0);
    }

    // Half way through the warm-up.
    private static (double Loss, double[] Gradient) Compute(
        double[] p, double[] batch, Func<IComputeBackend, SaeParameters, TrainingObjective> create) =>
        ObjectiveGradient.Compute(
            new SaeConfig { Architecture = "jumprelu-tanh", DIn = DIn, DSae = Latents }, p, batch, create, step: 2);
}
