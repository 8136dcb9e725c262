using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Reference;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class TopKObjectiveGradientTests
{
    private const int DIn = 7;
    private const int Latents = 19;
    private const int Batch = 9;
    private const int K = 4;
    private const int AuxK = 3;
    private const double Variance = 5.5;

    [Theory]
    [InlineData(0.0, 0)]
    [InlineData(0.25, 6)]
    [InlineData(0.25, 2)]
    [InlineData(0.25, 0)]
    public void Every_gradient_matches_central_differences_in_double(double alpha, int deadLatents)
    {
        RandomSequence random = new(20261122, RandomPurpose.General);
        bool[] dead = [.. Enumerable.Range(0, Latents).Select(j => j % 3 == 1 && j / 3 < deadLatents)];
        double[][] batch = [.. Enumerable.Range(0, Batch).Select(_ => Normals(ref random, DIn))];
        TopKLossOracle oracle = new(DIn, Latents, K, AuxK, alpha, Variance, dead, batch);
        double[] parameters = [.. Normals(ref random, oracle.Count).Select(v => 0.5 * v)];
        double startLoss = oracle.Loss(parameters);

        (double loss, double[] gradient) = Compute(oracle, parameters, batch, dead, alpha);

        Assert.Equal(startLoss, loss, 12);
        double scale = gradient.Max(Math.Abs);
        for (int i = 0; i < gradient.Length; i++)
        {
            double numeric = CentralDifference(oracle, parameters, i);
            Assert.True(
                Math.Abs(numeric - gradient[i]) <= 1e-6 * Math.Max(Math.Abs(numeric), 1e-3 * scale),
                $"parameter {i}: expected {numeric:R}, found {gradient[i]:R}");
        }
    }

    [Fact]
    public void Auxiliary_loss_moves_the_encoder_of_dead_latents()
    {
        RandomSequence random = new(7, RandomPurpose.General);
        bool[] dead = [.. Enumerable.Range(0, Latents).Select(j => j < 8)];
        double[][] batch = [.. Enumerable.Range(0, Batch).Select(_ => Normals(ref random, DIn))];
        TopKLossOracle oracle = new(DIn, Latents, K, AuxK, 0.25, Variance, dead, batch);
        double[] parameters = Normals(ref random, oracle.Count);
        // Dead latents never reach the main selection: their bias is far below, yet they are the best of the dead.
        for (int j = 0; j < 8; j++)
        {
            parameters[oracle.BEncStart + j] = 0.05;
            for (int d = 0; d < DIn; d++)
            {
                parameters[(j * DIn) + d] *= 0.01;
            }
        }

        (_, double[] gradient) = Compute(oracle, parameters, batch, dead, 0.25);

        Assert.Contains(Enumerable.Range(0, 8 * DIn), i => gradient[i] != 0);
    }

    private static double[] Normals(ref RandomSequence random, int count)
    {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = random.NextNormal();
        }

        return numbers;
    }

    private static double CentralDifference(TopKLossOracle oracle, double[] parameters, int index)
    {
        const double Step = 1e-5;
        double start = parameters[index];
        parameters[index] = start + Step;
        double above = oracle.Loss(parameters);
        parameters[index] = start - Step;
        double below = oracle.Loss(parameters);
        parameters[index] = start;
        return (above - below) / (2 * Step);
    }

    private static (double Loss, double[] Gradient) Compute(
        TopKLossOracle oracle, double[] parameters, double[][] batch, bool[] dead, double alpha)
    {
        using ReferenceBackend<double> backend = new();
        using SaeParameters model = new(
            backend, new SaeConfig { Architecture = "topk", DIn = DIn, DSae = Latents, K = K });
        model.WEnc.Buffer.Upload(parameters.AsSpan(TopKLossOracle.WEncStart, Latents * DIn));
        model.BEnc.Upload(parameters.AsSpan(oracle.BEncStart, Latents));
        model.WDec.Buffer.Upload(parameters.AsSpan(oracle.WDecStart, Latents * DIn));
        model.BDec.Upload(parameters.AsSpan(oracle.BDecStart, DIn));
        using TopKObjective objective = new(backend, model, new TopKObjectiveOptions
        {
            Batch = Batch,
            K = K,
            AuxKAlpha = alpha,
            AuxK = AuxK,
            DeadAfterTokens = 1000,
            Variance = Variance,
            MaxGradientNorm = double.PositiveInfinity,
            ProjectDecoderGradient = false,
        });
        objective.DeadMask.Upload(Array.ConvertAll(dead, flag => flag ? 1 : 0));
        using RealBuffer x = backend.AllocateReal("x", Batch * DIn);
        x.Upload([.. batch.SelectMany(row => row)]);
        using SaeParameters gradients = new(
            backend, new SaeConfig { Architecture = "topk", DIn = DIn, DSae = Latents, K = K });
        objective.Gradients(
            new RealMatrix(x, Batch, DIn),
            new SaeGradients(gradients.WEnc, gradients.BEnc, gradients.WDec, gradients.BDec));
        double[] gradient = new double[oracle.Count];
        gradients.WEnc.Buffer.Download(gradient.AsSpan(TopKLossOracle.WEncStart, Latents * DIn));
        gradients.BEnc.Download(gradient.AsSpan(oracle.BEncStart, Latents));
        gradients.WDec.Buffer.Download(gradient.AsSpan(oracle.WDecStart, Latents * DIn));
        gradients.BDec.Download(gradient.AsSpan(oracle.BDecStart, DIn));
        return (objective.Report().Loss, gradient);
    }
}
