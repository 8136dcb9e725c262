using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Numerics;
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
