using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Numerics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class GatedTrainingTests
{
    private const int DIn = 5;
    private const int Latents = 24;
    private const int Batch = 8;
    private const int Matrix = Latents * DIn;
    private const double Variance = 4.5;
    private const double Coefficient = 0.6;

    // Where the parameters lie one after another: W_enc, W_dec, b_gate, b_dec, b_mag, r.
    private const int GateBias = 2 * Matrix;
    private const int DecoderBias = GateBias + Latents;
    private const int MagnitudeBias = DecoderBias + DIn;
    private const int LogGain = MagnitudeBias + Latents;

    // An eighth of 24 latents is three: the smaller bias lists its entries, the larger one goes the dense way.
    [Theory]
    [InlineData(-6.0)]
    [InlineData(1.0)]
    public void Every_gradient_agrees_with_central_differences(double bias)
    {
        (double[] parameters, double[] batch) = Inputs(bias);
        (double loss, double[] gradient) = Compute(parameters, batch);

        // What decodes gates is constant.
        double[] frozen = [.. parameters];
        Assert.Equal(Loss(parameters, frozen, batch), loss, 12);
        double[] expected = ObjectiveGradient.RequireCentral(
            parameters, () => Loss(parameters, frozen, batch), gradient, step: 1e-6, share: 1e-2);
        foreach ((int first, int count) in
            new[] { (0, Matrix), (Matrix, Matrix), (GateBias, Latents), (MagnitudeBias, Latents), (LogGain, Latents) })
        {
            Assert.Contains(
                expected[first..(first + count)], value => Math.Abs(value) > 1e-2 * expected.Max(Math.Abs));
        }
    }

    // The gates' reconstruction does not move the matrix where it decodes, but it does where it encodes.
    [Theory]
    [InlineData(-6.0)]
    [InlineData(1.0)]
    public void Every_gradient_does_so_with_tied_weights(double bias)
    {
        (double[] parameters, double[] batch) = Inputs(bias);
        double[] tied = [.. parameters[..Matrix], .. parameters[GateBias..]];
        (double loss, double[] gradient) = Compute(tied, batch, isTied: true);

        double[] frozen = Spread(tied);
        Assert.Equal(Loss(frozen, frozen, batch), loss, 12);
        double[] expected = ObjectiveGradient.RequireCentral(
            tied, () => Loss(Spread(tied), frozen, batch), gradient, step: 1e-6, share: 1e-2);
        Assert.All(
            new[] { expected[..Matrix], expected[Matrix..^(2 * Latents)], expected[^(2 * Latents)..] },
            part => Assert.Contains(part, value => Math.Abs(value) > 1e-2 * expected.Max(Math.Abs)));

        static double[] Spread(double[] tied) => [.. tied[..Matrix], .. tied];
    }

    [Fact]
    public void Gates_pay_and_magnitudes_do_not()
    {
        (double[] parameters, double[] batch) = Inputs(bias: -2);
        (_, double[] free) = Compute(parameters, batch, coefficient: 0);
        (_, double[] paid) = Compute(parameters, batch);

        Assert.Equal(free[MagnitudeBias..], paid[MagnitudeBias..]);
        Assert.NotEqual(free[GateBias..DecoderBias], paid[GateBias..DecoderBias]);
    }

    [Fact]
    public void A_gate_that_is_on_with_a_magnitude_below_zero_is_no_activation()
    {
        using CpuBackend backend = new(1);
        using GatedSae sae = new(backend, new SaeConfig { Architecture = "gated", DIn = 1, DSae = 4 });
        sae.Parameters.WEnc.Buffer.Upload([1f, 1f, 1f, 1f]);

        // π = 2 + b_gate, f = 2 · e^r + b_mag: on and positive, on and negative, off, on with a gain of 2.
        sae.Parameters.BEnc.Upload([0f, 0f, -3f, 0f]);
        sae.Parameters.LatentVector(LatentVector.MagnitudeBiasName).Upload([1f, -5f, 9f, 1f]);
        sae.Parameters.LatentVector(LatentVector.LogGainName).Upload([0f, 0f, 0f, MathF.Log(2)]);
        using SparseCodes codes = sae.AllocateCodes(1);
        using RealBuffer x = backend.AllocateReal("x", 1);
        x.Upload([2f]);
        sae.Encode(new RealMatrix(x, 1, 1), codes);

        int[] offsets = new int[2];
        int[] indices = new int[3];
        float[] values = new float[3];
        codes.RowOffsets.Download(offsets);
        codes.Indices.Download(indices);
        codes.Values.Download(values);
        Assert.Equal([0, 3], offsets);
        Assert.Equal([0, 1, 3], indices);
        Assert.Equal([3.0, 0.0, 5.0], values.Select(value => Math.Round(value, 5)));
    }

    [Fact]
    public void A_wanted_number_of_active_latents_is_reached()
    {
        using TrainingData data = new(rows: 4000, dIn: 16);
        TrainingOptions options = Options() with { K = 4, Steps = 800, LearningRate = 5e-3 };
        using CpuBackend backend = new(2);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        Assert.True(session.Run().Completed);

        MetricsRow[] rows = [.. MetricsLog.Read(session.Folder.MetricsFile)];
        Assert.InRange(rows.TakeLast(100).Average(row => row.L0), 0.9 * 4, 1.1 * 4);
        Assert.InRange(session.Evaluate()!.L0, 0.85 * 4, 1.15 * 4);
    }

    [Fact]
    public void A_saved_model_has_the_tensors_of_SAELens_and_reads_raw_vectors()
    {
        using TrainingData data = new(rows: 900, dIn: 9);
        TrainingOptions options = Options() with
        {
            L1Coefficient = 0.1,
            Steps = 40,
            Normalize = NormalizationKind.Mean,
        };
        using CpuBackend backend = new(2);
        using ActivationStore store = data.Open();
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run("run"));
        Assert.True(session.Run().Completed);

        using SafetensorsFile file = SafetensorsFile.Open(session.Folder.ModelWeightsFile);
        Assert.Equal(
            ["W_dec", "W_enc", "b_dec", "b_gate", "b_mag", "r_mag"],
            file.Tensors.Keys.Order(StringComparer.Ordinal));
        string config = File.ReadAllText(Path.Combine(data.Run("run"), SaeLensLayout.ConfigFileName));
        Assert.Contains("\"architecture\": \"gated\"", config);
        Assert.DoesNotContain("saekernels_config", config);
    }

    private static TrainingOptions Options() => new()
    {
        Architecture = "gated",
        Latents = 48,
        Batch = 64,
        LogEvery = 1,
        DeadAfterTokens = 640,
    };

    private static (double[] Parameters, double[] Batch) Inputs(double bias)
    {
        RandomSequence random = new(83, RandomPurpose.General);
        double[] batch = TrainingRuns.Normals(ref random, Batch * DIn);
        double[] parameters = TrainingRuns.Normals(ref random, LogGain + Latents);
        for (int latent = 0; latent < Latents; latent++)
        {
            parameters[GateBias + latent] += latent % 3 == 0 ? 0.5 : bias;
            parameters[LogGain + latent] *= 0.3;
        }

        // A row without an active gate, a dead latent, and one that ties with another.
        Array.Clear(batch, 0, DIn);
        parameters.AsSpan(DecoderBias, DIn).CopyTo(batch);
        parameters[GateBias + 1] = -100;
        parameters.AsSpan(2 * DIn, DIn).CopyTo(parameters.AsSpan(5 * DIn));
        return (parameters, batch);
    }

    /// <summary>The loss from its formula, the decoder of the third term being that of other parameters.</summary>
    private static double Loss(double[] p, double[] frozen, double[] batch)
    {
        double loss = 0;
        for (int row = 0; row < Batch; row++)
        {
            double[] x = batch[(row * DIn)..((row + 1) * DIn)];
            double[] centered = [.. x.Select((value, d) => value - p[DecoderBias + d])];
            double[] residual = [.. centered];
            double[] ofGates = [.. x.Select((value, d) => value - frozen[DecoderBias + d])];
            for (int latent = 0; latent < Latents; latent++)
            {
                double u = p[(latent * DIn)..((latent + 1) * DIn)].Zip(centered, (w, v) => w * v).Sum();
                double gate = Math.Max(0, u + p[GateBias + latent]);
                double magnitude = gate > 0
                    ? Math.Max(0, (Math.Exp(p[LogGain + latent]) * u) + p[MagnitudeBias + latent])
                    : 0;
                for (int d = 0; d < DIn; d++)
                {
                    residual[d] -= magnitude * p[Matrix + (latent * DIn) + d];
                    ofGates[d] -= gate * frozen[Matrix + (latent * DIn) + d];
                }

                loss += Coefficient * gate / Math.Sqrt(Variance) / Batch;
            }

            loss += (residual.Sum(e => e * e) + ofGates.Sum(e => e * e)) / Variance / Batch;
        }

        return loss;
    }

    private static (double Loss, double[] Gradient) Compute(
        double[] p,
        double[] batch,
        double coefficient = Coefficient,
        bool isTied = false) => ObjectiveGradient.Compute(
            new SaeConfig { Architecture = "gated", DIn = DIn, DSae = Latents },
            p,
            batch,
            (backend, model) => new GatedObjective(backend, model, new ReluObjectiveOptions
            {
                Batch = Batch,
                L1Coefficient = coefficient,
                L1WarmupSteps = 0,
                ByDecoderNorm = false,
                DeadAfterTokens = 100,
                Variance = Variance,
                MaxGradientNorm = double.PositiveInfinity,
                ProjectDecoderGradient = false,
            }),
            isTied: isTied);
}
