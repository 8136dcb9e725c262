using System.Runtime.InteropServices;
using System.Security.Cryptography;
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

    // E1 of the acceptance checks.
    [Fact]
    public void A_hundred_steps_give_the_same_losses_on_reference_and_cpu()
    {
        using TrainingData data = new(rows: 1000, dIn: 16);
        TrainingOptions options = new()
        {
            Latents = 64,
            K = 6,
            Batch = 32,
            Steps = 100,
            LogEvery = 1,
            DeadAfterTokens = 128,
        };
        double[] reference = Losses(new ReferenceBackend<float>(), data.File, data.Run("reference"), options);
        RequireClose(100, reference, Losses(new CpuBackend(2), data.File, data.Run("cpu"), options));
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
        RequireClose(20, reference, Losses(new CpuBackend(), file, folder.Run("cpu"), options));
    }

    // E29 of the acceptance checks: what is drawn does not depend on where it is computed with.
    [Theory]
    [InlineData(NormalizationKind.None)]
    [InlineData(NormalizationKind.UnitRms)]
    [InlineData(NormalizationKind.LayerNorm)]
    public void The_batches_of_a_run_have_the_same_bytes_on_every_device(NormalizationKind normalize)
    {
        using TrainingData data = new(rows: 300, dIn: 8);
        TrainingOptions options = new() { Latents = 16, K = 2, Batch = 32, Steps = 12, Normalize = normalize };
        List<string> digests = [];
        foreach (string name in (string[])["cpu", "ilgpu-cpu"])
        {
            TestBackends.Use(name, backend =>
            {
                BatchRecorder recorder = new(backend);
                _ = TrainingRuns.TrainOn(recorder, data, name, options);
                Assert.Equal(options.Steps, recorder.Batches);
                digests.Add(recorder.Digest);
            });
        }

        Assert.Equal(digests[0], digests[1]);
    }

    private static void RequireClose(long steps, double[] expected, double[] found)
    {
        Assert.Equal(steps, expected.Length);
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

    /// <summary>Hashes the bytes of every batch as it lies on the device.</summary>
    private sealed class BatchRecorder(IComputeBackend inner) : DelegatingBackend(inner)
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public int Batches { get; private set; }

        public string Digest => Convert.ToHexString(this.hash.GetCurrentHash());

        public override void LoadBatch(in LoadBatchArguments arguments)
        {
            base.LoadBatch(arguments);
            float[] batch = new float[arguments.Activations.Rows * arguments.Activations.Columns];
            arguments.Activations.Buffer.Download(batch, arguments.Activations.Start);
            this.hash.AppendData(MemoryMarshal.AsBytes(batch.AsSpan()));
            this.Batches++;
        }
    }
}
