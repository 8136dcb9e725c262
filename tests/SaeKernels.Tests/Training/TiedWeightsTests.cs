using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Numerics;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>What holds where encoder and decoder are one matrix.</summary>
public class TiedWeightsTests
{
    private const int DIn = 7;
    private const int Latents = 19;
    private const int Batch = 9;
    private const int K = 4;
    private const int AuxK = 3;
    private const double Variance = 5.5;

    private static readonly TrainingOptions Options = new()
    {
        Latents = 48,
        K = 4,
        Batch = 64,
        Steps = 12,
        LogEvery = 1,
        DeadAfterTokens = 128,
        TiedWeights = true,
    };

    [Theory]
    [InlineData("topk", 0)]
    [InlineData("topk", 6)]
    [InlineData("batchtopk", 6)]
    [InlineData("matryoshka-batchtopk", 0)]
    public void The_gradient_of_the_matrix_matches_central_differences_in_double(string architecture, int deadLatents)
    {
        RandomSequence random = new(20261123, RandomPurpose.General);
        double[][] batch = [.. Enumerable.Range(0, Batch).Select(_ => TrainingRuns.Normals(ref random, DIn))];
        bool isBatchwise = architecture != "topk";
        int[] prefixes = architecture == "matryoshka-batchtopk" ? [4, 11, Latents] : [];
        SelectionLossOracle oracle = new(DIn, Latents, Variance, batch)
        {
            Select = all => isBatchwise ? SelectionLossOracle.BatchTopK(all, K) : SelectionLossOracle.TopK(all, K),
            Alpha = deadLatents > 0 ? 0.25 : 0,
            AuxK = AuxK,
            Dead = [.. Enumerable.Range(0, Latents).Select(j => j % 3 == 1 && j / 3 < deadLatents)],
            Prefixes = prefixes.Length > 0 ? [(4, 0.2), (11, 0.3), (Latents, 0.5)] : [(Latents, 1)],
        };
        double[] tied = [.. TrainingRuns.Normals(ref random, (Latents * DIn) + Latents + DIn).Select(v => 0.5 * v)];
        double startLoss = oracle.Loss(Spread(tied));
        SelectionObjectiveOptions options = new()
        {
            Batch = Batch,
            K = K,
            Prefixes = prefixes,
            PrefixWeights = prefixes.Length > 0 ? [2, 3, 5] : [],
            AuxKAlpha = oracle.Alpha,
            AuxK = AuxK,
            DeadAfterTokens = 1000,
            Variance = Variance,
            MaxGradientNorm = double.PositiveInfinity,
            ProjectDecoderGradient = false,
        };

        (double loss, double[] gradient) = Compute(architecture, tied, batch, (backend, model) =>
        {
            SelectionObjective objective = architecture switch
            {
                "topk" => new TopKObjective(backend, model, options),
                "matryoshka-batchtopk" => new MatryoshkaObjective(backend, model, options),
                _ => new BatchTopKObjective(backend, model, options),
            };
            objective.DeadMask.Upload(Array.ConvertAll(oracle.Dead, flag => flag ? 1 : 0));
            return objective;
        });

        Assert.Equal(startLoss, loss, 12);
        ObjectiveGradient.RequireCentral(
            tied, () => oracle.Loss(Spread(tied)), gradient, step: 1e-5, share: 1e-3);
    }

    // An eighth of 19 latents is two: the smaller bias lists its entries, the larger one goes the dense way.
    [Theory]
    [InlineData("relu", -6.0)]
    [InlineData("relu", 1.0)]
    [InlineData("relu-l1-norm", -6.0)]
    [InlineData("relu-l1-norm", 1.0)]
    public void The_gradient_of_relu_does_so_too_with_a_penalty_of_its_rows(string architecture, double bias)
    {
        const double L1 = 0.3;
        RandomSequence random = new(9, RandomPurpose.General);
        double[][] batch = [.. Enumerable.Range(0, Batch).Select(_ => TrainingRuns.Normals(ref random, DIn))];
        double[] tied = TrainingRuns.Normals(ref random, (Latents * DIn) + Latents + DIn);
        for (int latent = 0; latent < Latents; latent++)
        {
            tied[(Latents * DIn) + latent] += latent % 3 == 0 ? 0.5 : bias;
        }

        bool byNorm = architecture == "relu-l1-norm";
        (double loss, double[] gradient) = Compute(architecture, tied, batch, (backend, model) =>
            new ReluObjective(backend, model, new ReluObjectiveOptions
            {
                Batch = Batch,
                L1Coefficient = L1,
                L1WarmupSteps = 0,
                ByDecoderNorm = byNorm,
                DeadAfterTokens = 1000,
                Variance = Variance,
                MaxGradientNorm = double.PositiveInfinity,
                ProjectDecoderGradient = false,
            }));

        Assert.Equal(ReluLoss(tied, batch, L1, byNorm), loss, 12);
        ObjectiveGradient.RequireCentral(
            tied, () => ReluLoss(tied, batch, L1, byNorm), gradient, step: 1e-5, share: 1e-3);
    }

    [Theory]
    [InlineData("topk")]
    [InlineData("matryoshka-batchtopk")]
    [InlineData("relu")]
    [InlineData("relu-l1-norm")]
    [InlineData("gated")]
    public void Backends_agree_and_both_saved_matrices_are_the_same(string architecture)
    {
        using TrainingData data = new(rows: 400, dIn: 12);
        TrainingRuns.RequireSameLosses(data, Of(architecture) with { Batch = 24, Steps = 5, Latents = 16 });

        using CpuBackend cpu = new(1);
        using Sae sae = SaeLensLayout.Load(data.Run("cpu"), cpu);
        TensorAssert.Equal("WEnc", sae.Parameters.WDec.ToArray(), sae.Parameters.WEnc.ToArray());
    }

    [Theory]
    [InlineData("topk")]
    [InlineData("relu")]
    public void A_planted_dictionary_is_recovered(string architecture) => TrainingRuns.RequireRecovery(
        Of(architecture) with { K = architecture == "topk" ? 2 : null, LearningRate = 3e-3 });

    [Fact]
    public void One_matrix_and_its_moments_take_half_the_memory()
    {
        SaeConfig config = new() { Architecture = "topk", DIn = 64, DSae = 64, K = 4 };
        Assert.Equal(4 * ((2 * 64 * 64) + 128), BytesOf(isTied: false));
        Assert.Equal(4 * ((64 * 64) + 128), BytesOf(isTied: true));

        long BytesOf(bool isTied)
        {
            using CpuBackend backend = new(1);
            using SaeParameters parameters = new(backend, config, isTied);
            long weights = backend.AllocatedBytes;
            using OptimizerState state = new(backend, parameters);
            Assert.Equal(3 * weights, backend.AllocatedBytes);
            return weights;
        }
    }

    [Fact]
    public void A_matrix_that_reads_another_site_cannot_be_tied()
    {
        using CpuBackend backend = new(1);
        SaeConfig config = new() { Architecture = "transcoder", DIn = 6, TargetWidth = 6, DSae = 8, K = 2 };
        ArgumentException fault =
            Assert.Throws<ArgumentException>(() => new SaeParameters(backend, config, isTied: true));
        Assert.Equal(
            "SaeParameters: isTied must be false for transcoder, which does not read the one site that it "
            + "reconstructs, but is True. Leave it out.",
            fault.Message);
    }

    private static TrainingOptions Of(string architecture)
    {
        bool pays = !SaeArchitectures.Get(architecture).HasK;
        return Options with
        {
            Architecture = architecture,
            K = pays ? null : 4,
            L1Coefficient = pays ? 0.1 : null,
        };
    }

    /// <summary>W, b_enc, b_dec as W_enc, b_enc, W_dec, b_dec.</summary>
    private static double[] Spread(double[] tied)
    {
        const int Matrix = Latents * DIn;
        return [.. tied[..(Matrix + Latents)], .. tied[..Matrix], .. tied[(Matrix + Latents)..]];
    }

    private static double ReluLoss(double[] tied, double[][] batch, double l1, bool byNorm)
    {
        double loss = 0;
        foreach (double[] x in batch)
        {
            double[] rest = [.. x.Select((value, d) => value - tied[(Latents * DIn) + Latents + d])];
            double[] seen = [.. rest];
            for (int latent = 0; latent < Latents; latent++)
            {
                double[] row = tied[(latent * DIn)..((latent + 1) * DIn)];
                double value = Math.Max(
                    0, tied[(Latents * DIn) + latent] + row.Zip(seen, (weight, number) => weight * number).Sum());
                double length = byNorm ? Math.Sqrt(row.Sum(weight => weight * weight)) : 1;
                loss += l1 / Math.Sqrt(Variance) * length * value / batch.Length;
                for (int d = 0; d < DIn; d++)
                {
                    rest[d] -= value * row[d];
                }
            }

            loss += rest.Sum(value => value * value) / (Variance * batch.Length);
        }

        return loss;
    }

    private static (double Loss, double[] Gradient) Compute(
        string architecture,
        double[] tied,
        double[][] batch,
        Func<IComputeBackend, SaeParameters, TrainingObjective> create)
    {
        bool hasK = SaeArchitectures.Get(architecture).HasK;
        SaeConfig config = new() { Architecture = architecture, DIn = DIn, DSae = Latents, K = hasK ? K : 0 };
        return ObjectiveGradient.Compute(
            config, tied, [.. batch.SelectMany(row => row)], create, step: 100_000, isTied: true);
    }
}
