using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Numerics;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>Steps along the orthogonalised momentum of matrices.</summary>
public class MuonTests
{
    private const int DIn = 6;
    private const int Latents = 20;
    private const int Batch = 40;
    private const double Rate = 0.01;
    private const double Decay = 0.1;
    private const double Momentum = 0.95;

    private static readonly TrainingOptions Options = new()
    {
        Latents = Latents,
        K = 3,
        Batch = Batch,
        Steps = 10,
        LogEvery = 1,
        LearningRate = Rate,
        LearningRateShape = LearningRateShape.Constant,
        WarmupSteps = 0,
        Optimizer = OptimizerKind.Muon,
    };

    [Fact]
    public void Two_steps_are_the_published_ones_and_singular_values_of_a_step_lie_in_the_published_band()
    {
        using ReferenceBackend<double> backend = new();
        using TrainingState state = Begin(backend);
        using SaeParameters gradients = new(backend, state.Config);
        double[] momentum = new double[Latents * DIn];
        for (int step = 1; step <= 2; step++)
        {
            double[] before = state.Parameters.WEnc.ToArray();
            float[] batch = BatchOf(step);
            using RealBuffer x = backend.AllocateReal("x", batch.Length);
            x.Upload(batch);
            state.Objective.Gradients(
                new RealMatrix(x, Batch, DIn),
                new SaeGradients(gradients.WEnc, gradients.BEnc, gradients.WDec, gradients.BDec));
            double[] gradient = gradients.WEnc.ToArray();
            momentum = [.. momentum.Zip(gradient, (m, g) => (Momentum * m) + ((1 - Momentum) * g))];
            gradients.WEnc.Buffer.Upload(
                [.. momentum.Zip(gradient, (m, g) => (Momentum * m) + ((1 - Momentum) * g))]);
            backend.Orthogonalize(new OrthogonalizeArguments { Matrix = gradients.WEnc });
            double[] direction = gradients.WEnc.ToArray();

            state.Advance(batch);

            double length = Rate * 0.2 * Math.Sqrt(Latents);
            double[] expected =
                [.. before.Zip(direction, (w, d) => ((1 - (Rate * Decay)) * w) - (length * d))];
            TensorAssert.Within("WEnc", expected, state.Parameters.WEnc.ToArray(), 1e-12);
            RequireBand([.. before.Zip(state.Parameters.WEnc.ToArray(), (w, after) =>
                (((1 - (Rate * Decay)) * w) - after) / length)]);
        }
    }

    [Fact]
    public void Decoder_rows_have_unit_length_after_a_step_and_silent_latents_only_decay()
    {
        using ReferenceBackend<double> backend = new();
        using TrainingState state = Begin(backend);
        state.Parameters.BEnc.Upload([-1e3], 7);
        double[] before = state.Parameters.WEnc.ToArray();
        double[] decoder = state.Parameters.WDec.ToArray();

        state.Advance(BatchOf(1));

        double[] after = state.Parameters.WEnc.ToArray();
        double[] rows = state.Parameters.WDec.ToArray();
        for (int d = 7 * DIn; d < 8 * DIn; d++)
        {
            Assert.Equal((1 - (Rate * Decay)) * before[d], after[d], 1e-15);
            Assert.Equal(decoder[d], rows[d], 1e-15);
        }

        for (int latent = 0; latent < Latents; latent++)
        {
            Assert.Equal(1, rows.AsSpan(latent * DIn, DIn).ToArray().Sum(value => value * value), 1e-14);
        }
    }

    [Theory]
    [InlineData("topk")]
    [InlineData("relu-l1-norm")]
    public void A_planted_dictionary_is_recovered(string architecture) => TrainingRuns.RequireRecovery(
        new TrainingOptions
        {
            Architecture = architecture,
            K = architecture == "topk" ? 2 : null,
            L1Coefficient = architecture == "topk" ? null : 0.1,
            Optimizer = OptimizerKind.Muon,
        });

    [Theory]
    [InlineData("topk")]
    [InlineData("jumprelu")]
    [InlineData("skip-transcoder")]
    public void Five_steps_give_the_same_losses_on_reference_cpu_and_simulator(string architecture)
    {
        using TrainingData data = new(rows: 300, dIn: 12);
        TrainingRuns.RequireSameLosses(data, Options with
        {
            Architecture = architecture,
            K = architecture == "jumprelu" ? null : 3,
            L1Coefficient = architecture == "jumprelu" ? 0.1 : null,
            Batch = 24,
            Steps = 5,
        });
    }

    [Fact]
    public void Rate_decay_and_momentum_are_those_of_its_source_whatever_the_size()
    {
        foreach (int latents in (int[])[1024, 65536])
        {
            TrainingPlan plan = TrainingPlan.Create(
                new TrainingOptions { Latents = latents, Optimizer = OptimizerKind.Muon }, dIn: 8, trainingRows: 1000);
            Assert.Equal((2e-3, 0.1, 0.95), (plan.LearningRate, plan.WeightDecay, plan.Momentum));
        }
    }

    private static TrainingState Begin(ReferenceBackend<double> backend)
    {
        TrainingPlan plan = TrainingPlan.Create(Options, DIn, trainingRows: 1000);
        TrainingState state = new(backend, plan, Normalization.Identity, variance: DIn);
        RandomSequence random = new(3, RandomPurpose.General);
        double[] rows = TrainingRuns.Normals(ref random, Latents * DIn);
        state.Parameters.WEnc.Buffer.Upload(rows);
        state.Parameters.WDec.Buffer.Upload(rows);
        backend.NormalizeRows(new NormalizeRowsArguments { Matrix = state.Parameters.WDec });
        return state;
    }

    private static float[] BatchOf(int step)
    {
        RandomSequence random = new((ulong)step, RandomPurpose.General);
        return [.. TrainingRuns.Normals(ref random, Batch * DIn).Select(value => (float)value)];
    }

    /// <summary>
    /// All singular values s lie between 0.5 and 1.5: 0.25 ≤ s² ≤ 2.25 for the eigenvalues of the Gram matrix, found by
    /// Jacobi's rotations.
    /// </summary>
    private static void RequireBand(double[] step)
    {
        double[,] gram = new double[DIn, DIn];
        for (int i = 0; i < DIn; i++)
        {
            for (int j = 0; j < DIn; j++)
            {
                gram[i, j] = Enumerable.Range(0, Latents).Sum(row => step[(row * DIn) + i] * step[(row * DIn) + j]);
            }
        }

        for (int sweep = 0; sweep < 20; sweep++)
        {
            for (int i = 0; i < DIn; i++)
            {
                for (int j = i + 1; j < DIn; j++)
                {
                    Rotate(gram, i, j);
                }
            }
        }

        Assert.All(Enumerable.Range(0, DIn), i => Assert.InRange(gram[i, i], 0.25, 2.25));
    }

    private static void Rotate(double[,] matrix, int i, int j)
    {
        double angle = 0.5 * Math.Atan2(2 * matrix[i, j], matrix[i, i] - matrix[j, j]);
        (double sine, double cosine) = Math.SinCos(angle);
        for (int k = 0; k < DIn; k++)
        {
            (double a, double b) = (matrix[k, i], matrix[k, j]);
            (matrix[k, i], matrix[k, j]) = ((cosine * a) + (sine * b), (cosine * b) - (sine * a));
        }

        for (int k = 0; k < DIn; k++)
        {
            (double a, double b) = (matrix[i, k], matrix[j, k]);
            (matrix[i, k], matrix[j, k]) = ((cosine * a) + (sine * b), (cosine * b) - (sine * a));
        }
    }
}
