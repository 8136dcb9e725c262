using SaeKernels.Abstractions;
using SaeKernels.Numerics;
using SaeKernels.Reference;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Gradients;

/// <summary>
/// The gradients of mean‖e‖² + λ · mean Σ n·z of a ReLU encoder by its latents' weights, in double end to end, against
/// central differences.
/// </summary>
public sealed class ReluGradientTests
{
    private const int Batch = 6;
    private const int Dimension = 5;
    private const int Latents = 9;
    private const double Lambda = 0.3;

    // Steps of 1e-4 on inputs of order 1 change no pre-activation by this much.
    private const double Gap = 5e-3;
    private const double Step = 1e-4;

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Every_gradient_agrees_with_central_differences(bool isListed, bool byDecoderNorm)
    {
        RandomSequence random = new(31, RandomPurpose.General);
        double[] input = Normal(ref random, Batch * Dimension);
        Dictionary<string, double[]> parameters = new()
        {
            ["WEnc"] = Normal(ref random, Latents * Dimension),
            ["BEnc"] = Normal(ref random, Latents),
            ["WDec"] = Normal(ref random, Latents * Dimension),
        };
        double gap = Enumerable.Range(0, Batch * Latents)
            .Min(pair => Math.Abs(PreActivation(parameters, input, pair / Latents, pair % Latents)));
        Assert.True(gap > Gap, $"The seed leaves a gap of {gap} only. Choose another.");

        using ReferenceBackend<double> backend = ReferenceBackend.CreateDouble();
        LatentGradientsArguments found = Compute(backend, parameters, input, isListed, byDecoderNorm);
        Dictionary<string, double[]> gradients = new()
        {
            ["WEnc"] = found.GradWEnc!.Value.ToArray(),
            ["BEnc"] = found.GradBEnc.ToArray(),
            ["WDec"] = found.GradWDec!.Value.ToArray(),
        };
        double Loss() => LossOf(parameters, input, byDecoderNorm);
        double roundoff = 64 * Loss() * Math.Pow(2, -53) / Step;
        foreach ((string name, double[] values) in parameters)
        {
            // The norm of a row is not quadratic: the third derivative leaves some step² of the gradient.
            double[] expected = FiniteDifferences.Central(values, Loss, Step);
            double curvature = byDecoderNorm ? 100 * Step * Step : 0;
            TensorAssert.Within(
                name, expected, gradients[name], i => (1e-7 * Math.Abs(expected[i])) + roundoff + curvature);
            Assert.Contains(expected, gradient => Math.Abs(gradient) > 1e-2);
        }
    }

    private static double LossOf(Dictionary<string, double[]> parameters, double[] input, bool byDecoderNorm)
    {
        double loss = 0;
        for (int row = 0; row < Batch; row++)
        {
            double[] residual = input[(row * Dimension)..((row + 1) * Dimension)];
            for (int latent = 0; latent < Latents; latent++)
            {
                double value = Math.Max(0, PreActivation(parameters, input, row, latent));
                double[] direction = parameters["WDec"][(latent * Dimension)..((latent + 1) * Dimension)];
                for (int d = 0; d < Dimension; d++)
                {
                    residual[d] -= value * direction[d];
                }

                loss += Lambda * value * (byDecoderNorm ? Math.Sqrt(direction.Sum(w => w * w)) : 1);
            }

            loss += residual.Sum(e => e * e);
        }

        return loss / Batch;
    }

    private static LatentGradientsArguments Compute(
        IComputeBackend backend,
        Dictionary<string, double[]> parameters,
        double[] input,
        bool isListed,
        bool byDecoderNorm)
    {
        RealMatrix x = backend.PlaceMatrix("X", Batch, Dimension, input);
        RealMatrix wEnc = backend.PlaceMatrix("WEnc", Latents, Dimension, parameters["WEnc"]);
        RealMatrix wDec = backend.PlaceMatrix("WDec", Latents, Dimension, parameters["WDec"]);
        RealBuffer bEnc = backend.Place("BEnc", parameters["BEnc"]);
        RealMatrix residuals = backend.PlaceMatrix("E", Batch, Dimension, new double[Batch * Dimension]);
        backend.ReluResidual(new ReluResidualArguments
        {
            Input = x,
            WEnc = wEnc,
            BEnc = bEnc,
            WDec = wDec,
            BDec = backend.Place("BDec", new double[Dimension]),
            Targets = x,
            Residuals = residuals,
            RowSquaredErrors = backend.Place("S", new double[Batch]),
            MeanSquaredError = new ScalarSlot(backend.Place("M", 0.0), 0),
            ActiveRows = backend.Place("A", new int[Latents]),
        });
        SparseCodes codes = new(backend, "Codes", Batch, Batch * Latents);
        LatentMajorList list = new(backend, Latents, Batch * Latents);
        backend.EncodeThreshold(new EncodeThresholdArguments { Input = x, WEnc = wEnc, BEnc = bEnc, Codes = codes });
        backend.BuildLatentMajor(new BuildLatentMajorArguments { Rows = Batch, Codes = codes, List = list });
        LatentGradientsArguments arguments = new()
        {
            Inputs = new LatentGradientInputs
            {
                List = isListed ? list : null,
                Relu = isListed ? null : new ReluEntries(Latents, bEnc),
                Input = x,
                Residuals = residuals,
                ResidualScale = -2.0 / Batch,
                ProjectDecoderGradient = false,
                Penalty = new SparsityPenalty
                {
                    Scale = Lambda / Batch,
                    ByDecoderNorm = byDecoderNorm,
                    Sums = backend.Place("P", new double[Latents]),
                },
            },
            WEnc = wEnc,
            WDec = wDec,
            GradWEnc = backend.PlaceMatrix("GradWEnc", Latents, Dimension, new double[Latents * Dimension]),
            GradWDec = backend.PlaceMatrix("GradWDec", Latents, Dimension, new double[Latents * Dimension]),
            GradBEnc = backend.Place("GradBEnc", new double[Latents]),
            RowSquaredNorms = backend.Place("N", new double[Latents]),
            EncoderPath = backend.Place("Path", new double[Dimension]),
        };
        backend.LatentGradients(arguments);
        return arguments;
    }

    private static double PreActivation(Dictionary<string, double[]> parameters, double[] input, int row, int latent)
    {
        double sum = parameters["BEnc"][latent];
        for (int d = 0; d < Dimension; d++)
        {
            sum += parameters["WEnc"][(latent * Dimension) + d] * input[(row * Dimension) + d];
        }

        return sum;
    }

    private static double[] Normal(ref RandomSequence random, int count)
    {
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            values[i] = random.NextNormal();
        }

        return values;
    }
}
