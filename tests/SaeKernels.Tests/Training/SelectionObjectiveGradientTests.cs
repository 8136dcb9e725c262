using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class SelectionObjectiveGradientTests
{
    private const int DIn = 7;
    private const int DTarget = 5;
    private const int Latents = 20;
    private const int Batch = 9;
    private const int K = 4;
    private const int AuxK = 3;
    private const int WideK = 16;
    private const double Variance = 5.5;

    [Theory]
    [InlineData("topk", 0.0, 0)]
    [InlineData("topk", 0.25, 6)]
    [InlineData("topk", 0.25, 2)]
    [InlineData("topk", 0.25, 0)]
    [InlineData("multi-topk", 0.125, 0)]
    [InlineData("groupmax", 0.0, 0)]
    [InlineData("groupmax", 0.25, 6)]
    [InlineData("batchtopk", 0.0, 0)]
    [InlineData("batchtopk", 0.25, 6)]
    [InlineData("matryoshka-batchtopk", 0.0, 0)]
    [InlineData("matryoshka-batchtopk", 0.25, 6)]
    [InlineData("transcoder", 0.25, 6)]
    [InlineData("skip-transcoder", 0.0, 0)]
    [InlineData("skip-transcoder", 0.25, 6)]
    public void Every_gradient_matches_central_differences_in_double(
        string architecture, double alpha, int deadLatents)
    {
        RandomSequence random = new(20261122, RandomPurpose.General);
        double[][] batch = [.. Enumerable.Range(0, Batch).Select(_ => TrainingRuns.Normals(ref random, DIn))];
        if (architecture.EndsWith("batchtopk", StringComparison.Ordinal))
        {
            // A row that is all but b_dec keeps nothing of a selection over the whole batch.
            batch[3] = new double[DIn];
        }

        bool[] dead = [.. Enumerable.Range(0, Latents).Select(j => j % 3 == 1 && j / 3 < deadLatents)];
        SelectionLossOracle oracle = OracleOf(architecture, alpha, dead, batch);
        if (architecture.EndsWith("transcoder", StringComparison.Ordinal))
        {
            oracle = OracleOf(
                architecture, alpha, dead, batch, [.. batch.Select(_ => TrainingRuns.Normals(ref random, DTarget))]);
        }

        double[] parameters = [.. TrainingRuns.Normals(ref random, oracle.Count).Select(v => 0.5 * v)];
        double startLoss = oracle.Loss(parameters);

        (double loss, double[] gradient) = Compute(architecture, oracle, parameters, batch);

        Assert.Equal(startLoss, loss, 12);
        double[] expected = FiniteDifferences.Central(parameters, () => oracle.Loss(parameters), 1e-5);
        double scale = gradient.Max(Math.Abs);
        TensorAssert.Within(
            "gradient", expected, gradient, i => 1e-6 * Math.Max(Math.Abs(expected[i]), 1e-3 * scale));
    }

    [Fact]
    public void Auxiliary_loss_moves_the_encoder_of_dead_latents()
    {
        RandomSequence random = new(7, RandomPurpose.General);
        bool[] dead = [.. Enumerable.Range(0, Latents).Select(j => j < 8)];
        double[][] batch = [.. Enumerable.Range(0, Batch).Select(_ => TrainingRuns.Normals(ref random, DIn))];
        SelectionLossOracle oracle = OracleOf("topk", 0.25, dead, batch);
        double[] parameters = TrainingRuns.Normals(ref random, oracle.Count);
        // Dead latents never reach the main selection: their bias is far below, yet they are the best of the dead.
        for (int j = 0; j < 8; j++)
        {
            parameters[oracle.BEncStart + j] = 0.05;
            for (int d = 0; d < DIn; d++)
            {
                parameters[(j * DIn) + d] *= 0.01;
            }
        }

        (_, double[] gradient) = Compute("topk", oracle, parameters, batch);

        Assert.Contains(Enumerable.Range(0, 8 * DIn), i => gradient[i] != 0);
    }

    private static SelectionLossOracle OracleOf(
        string architecture, double alpha, bool[] dead, double[][] batch, double[][]? targets = null) =>
        new(DIn, Latents, Variance, batch)
        {
            Targets = targets,
            HasSkip = architecture == "skip-transcoder",
            Select = architecture switch
            {
                "topk" or "multi-topk" or "transcoder" or "skip-transcoder" => all => SelectionLossOracle.TopK(all, K),
                "groupmax" => all => SelectionLossOracle.GroupMax(all, K),
                _ => all => SelectionLossOracle.BatchTopK(all, K),
            },
            Alpha = alpha,
            AuxK = AuxK,
            Dead = dead,
            WideK = architecture == "multi-topk" ? WideK : 0,
            Prefixes = architecture == "matryoshka-batchtopk" ? [(4, 0.2), (11, 0.3), (Latents, 0.5)] : [(Latents, 1)],
        };

    private static (double Loss, double[] Gradient) Compute(
        string architecture, SelectionLossOracle oracle, double[] parameters, double[][] batch)
    {
        using ReferenceBackend<double> backend = new();
        SaeConfig config = new()
        {
            Architecture = architecture,
            DIn = DIn,
            TargetWidth = oracle.Targets is null ? null : DTarget,
            DSae = Latents,
            K = K,
        };
        int skip = oracle.Count - oracle.WSkipStart;
        using SaeParameters model = new(backend, config);
        model.WEnc.Buffer.Upload(parameters.AsSpan(SelectionLossOracle.WEncStart, Latents * DIn));
        model.BEnc.Upload(parameters.AsSpan(oracle.BEncStart, Latents));
        model.WDec.Buffer.Upload(parameters.AsSpan(oracle.WDecStart, Latents * oracle.DOut));
        model.BDec.Upload(parameters.AsSpan(oracle.BDecStart, oracle.DOut));
        model.WSkip?.Buffer.Upload(parameters.AsSpan(oracle.WSkipStart, skip));
        SelectionObjectiveOptions options = new()
        {
            Batch = Batch,
            K = K,
            Prefixes = architecture == "matryoshka-batchtopk" ? [4, 11, Latents] : [],
            PrefixWeights = architecture == "matryoshka-batchtopk" ? [2, 3, 5] : [],
            AuxKAlpha = oracle.Alpha,
            AuxK = architecture == "multi-topk" ? WideK : AuxK,
            DeadAfterTokens = 1000,
            Variance = Variance,
            MaxGradientNorm = double.PositiveInfinity,
            ProjectDecoderGradient = false,
        };
        using SelectionObjective objective = architecture switch
        {
            "topk" or "transcoder" or "skip-transcoder" => new TopKObjective(backend, model, options),
            "groupmax" => new GroupMaxObjective(backend, model, options),
            "multi-topk" => new MultiTopKObjective(backend, model, options),
            "matryoshka-batchtopk" => new MatryoshkaObjective(backend, model, options),
            _ => new BatchTopKObjective(backend, model, options),
        };
        objective.DeadMask.Upload(Array.ConvertAll(oracle.Dead, flag => flag ? 1 : 0));
        using RealBuffer x = backend.AllocateReal("x", Batch * DIn);
        x.Upload([.. batch.SelectMany(row => row)]);
        using RealBuffer y = backend.AllocateReal("y", Batch * DTarget);
        y.Upload([.. (oracle.Targets ?? []).SelectMany(row => row)]);
        using SaeParameters gradients = new(backend, config);
        objective.Gradients(
            new RealMatrix(x, Batch, DIn),
            new SaeGradients(gradients.WEnc, gradients.BEnc, gradients.WDec, gradients.BDec)
            {
                WSkip = gradients.WSkip,
            },
            reconstructed: oracle.Targets is null ? null : new RealMatrix(y, Batch, DTarget));
        double[] gradient = new double[oracle.Count];
        gradients.WEnc.Buffer.Download(gradient.AsSpan(SelectionLossOracle.WEncStart, Latents * DIn));
        gradients.BEnc.Download(gradient.AsSpan(oracle.BEncStart, Latents));
        gradients.WDec.Buffer.Download(gradient.AsSpan(oracle.WDecStart, Latents * oracle.DOut));
        gradients.BDec.Download(gradient.AsSpan(oracle.BDecStart, oracle.DOut));
        gradients.WSkip?.Buffer.Download(gradient.AsSpan(oracle.WSkipStart, skip));
        return (objective.Report().Loss, gradient);
    }
}
