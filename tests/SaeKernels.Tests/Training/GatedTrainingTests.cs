using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class GatedTrainingTests
{
    [Fact]
    public void Gates_pay_and_magnitudes_do_not()
    {
        GradientCase one = GatedGradientCases.Of(51, isListed: true, isTied: false, coefficient: 0);
        FlatParameters layout = one.Inputs.Layout;
        (_, double[] free) = one.Compute();
        (_, double[] paid) = GatedGradientCases.Of(51, isListed: true, isTied: false, coefficient: 0.6).Compute();

        Assert.Equal(free[layout.FirstVector..], paid[layout.FirstVector..]);
        Assert.NotEqual(free[layout.BEnc..layout.BDec], paid[layout.BEnc..layout.BDec]);
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
}
