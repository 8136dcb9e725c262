using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Numerics;
using SaeKernels.Reference;
using SaeKernels.Testing;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>Runs of a few steps, and what they leave.</summary>
internal static class TrainingRuns
{
    /// <summary>
    /// Trains in a folder of the data, on a backend that is disposed, to the end or to some step; returns the folder.
    /// </summary>
    public static string Train(
        IComputeBackend backend, TrainingData data, string name, TrainingOptions options, long? stopAt = null)
    {
        using (backend)
        {
            return TrainOn(backend, data, name, options, stopAt);
        }
    }

    /// <summary>As <see cref="Train"/>, on a backend that is kept.</summary>
    public static string TrainOn(
        IComputeBackend backend, TrainingData data, string name, TrainingOptions options, long? stopAt = null)
    {
        using ActivationStore store = data.OpenFor(options.Architecture);
        using TrainingSession session = TrainingSession.Start(backend, store, options, data.Run(name));
        RunUntil(session, stopAt);
        return data.Run(name);
    }

    /// <summary>Trains a session to its end, or until some step.</summary>
    public static TrainingOutcome RunUntil(TrainingSession session, long? stopAt)
    {
        using CancellationTokenSource cancellation = new();
        return session.Run(new StopAt(stopAt ?? long.MaxValue, cancellation), cancellation.Token);
    }

    /// <summary>The losses that a run logged.</summary>
    public static double[] Losses(string run) =>
        [.. MetricsLog.Read(new RunFolder(run).MetricsFile).Select(row => row.Loss)];

    /// <summary>
    /// Fails unless a run logs the same losses on reference, CPU and simulator; leaves run folders of their names.
    /// </summary>
    public static void RequireSameLosses(TrainingData data, TrainingOptions options)
    {
        double[] expected = Losses(Train(new ReferenceBackend<float>(), data, "reference", options));
        RequireClose(Train(new CpuBackend(2), data, "cpu", options));
        TestBackends.Use("ilgpu-cpu", simulator => RequireClose(TrainOn(simulator, data, "ilgpu-cpu", options)));

        void RequireClose(string run)
        {
            double[] found = Losses(run);
            Assert.Equal(options.Steps, found.LongLength);
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * pair.First));
        }
    }

    /// <summary>Fails unless a run finds 32 directions of 24 numbers, two of which make up each vector.</summary>
    public static void RequireRecovery(TrainingOptions options)
    {
        BounceSource source = new(5, features: 32, dIn: 24, active: 2);
        using TrainingData data = new(source, rows: 60_000);
        using CpuBackend backend = new();
        using ActivationStore store = data.Open();
        TrainingOptions full = options with
        {
            Latents = 32,
            Batch = 256,
            Steps = 3000,
            LogEvery = 1000,
            DeadAfterTokens = 50_000,
        };
        using TrainingSession session = TrainingSession.Start(backend, store, full, data.Run("run"));
        Assert.True(session.Run().Completed);
        using Sae sae = SaeLensLayout.Load(data.Run("run"), backend);
        MeanMaxCosine found = DictionaryMetrics.MeanMaxCosine(
            UnitDirections.From([.. source.Truth.Rows], width: 24), UnitDirections.From(sae.Parameters.WDec));
        Assert.True(found.Recall >= 0.9 && found.Precision >= 0.9, $"{found}, {session.Evaluate()}");
    }

    /// <summary>Normal numbers.</summary>
    public static double[] Normals(ref RandomSequence random, int count)
    {
        double[] numbers = new double[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = random.NextNormal();
        }

        return numbers;
    }

    private sealed class StopAt(long step, CancellationTokenSource cancellation) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step >= step)
            {
                cancellation.Cancel();
            }
        }
    }
}
