using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

public class BackendsAgreeTests
{
    private const double Tolerance = 1e-4;

    [Fact]
    public void Twenty_steps_give_the_same_losses_on_reference_and_cpu()
    {
        using TrainingData data = new(rows: 1000, dIn: 16);
        TrainingOptions options = new()
        {
            Latents = 64,
            K = 6,
            Batch = 32,
            Steps = 20,
            LogEvery = 1,
            DeadAfterTokens = 128,
        };
        double[] reference = Losses(new ReferenceBackend<float>(), data.File, data.Run("reference"), options);
        RequireClose(reference, Losses(new CpuBackend(2), data.File, data.Run("cpu"), options));
    }

    [SkippableFact]
    public void Twenty_steps_on_real_activations_give_the_same_losses_on_reference_and_cpu()
    {
        string file = SharedData.Require("gptneo3m/act_l4.100k.safetensors");
        using TrainingData folder = new(rows: 2, dIn: 2);
        TrainingOptions options = new()
        {
            Latents = 1024,
            K = 16,
            Batch = 512,
            Steps = 20,
            LogEvery = 1,
            DeadAfterTokens = 2048,
        };
        double[] reference = Losses(new ReferenceBackend<float>(), file, folder.Run("reference"), options);
        RequireClose(reference, Losses(new CpuBackend(), file, folder.Run("cpu"), options));
    }

    private static void RequireClose(double[] expected, double[] found)
    {
        Assert.Equal(20, expected.Length);
        Assert.All(expected.Zip(found), pair => Assert.True(
            Math.Abs(pair.First - pair.Second) <= Tolerance * pair.First,
            $"expected {pair.First:R}, found {pair.Second:R}"));
    }

    private static double[] Losses(IComputeBackend backend, string file, string run, TrainingOptions options)
    {
        using (backend)
        {
            using ActivationStore store = ActivationStore.Open([file]);
            using TrainingSession session = TrainingSession.Start(backend, store, options, run);
            session.Run();
            return [.. MetricsLog.Read(session.Folder.MetricsFile).Select(row => row.Loss)];
        }
    }
}
