using System.Diagnostics;
using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Cpu;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Benchmarks;

/// <summary>Eight training runs on one pass over the data, beside the same runs one after another.</summary>
/// <remarks>
/// In turns, in one process and on as many threads: runs one after another have all threads each, runs side by side
/// share them. From opening the data to the evaluation of the last model.
/// </remarks>
internal static class SideBySide
{
    private const int Runs = 8;
    private const int Rounds = 7;

    /// <summary>Writes a row of a CSV for each round.</summary>
    /// <param name="data">A file of activations.</param>
    /// <param name="steps">Steps of each run.</param>
    /// <param name="rows">
    /// Receives threads, width, latents, k, batch, runs, steps, round, seconds by the clock and of processors of the
    /// runs one after another, the same of the runs side by side, and the two ratios.
    /// </param>
    public static void Measure(string data, long steps, TextWriter rows)
    {
        TrainingOptions[] options =
        [
            .. Enumerable.Range(0, Runs).Select(run => new TrainingOptions
            {
                Latents = 1024,
                K = 16,
                Steps = steps,
                Seed = (ulong)run,
                DataSeed = 42,
            }),
        ];

        // The first round compiles, the next one overwrites it.
        for (int round = -1; round < Rounds; round++)
        {
            (double clock, double processors) alone = SecondsOf(folder => Alone(data, options, folder));
            (double clock, double processors) together = SecondsOf(folder => Together(data, options, folder));
            if (round >= 0)
            {
                rows.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Environment.ProcessorCount},{WidthOf(data)},{options[0].Latents},{options[0].K},"
                    + $"{options[0].Batch},{Runs},{steps},{round},{alone.clock:F2},{alone.processors:F2},"
                    + $"{together.clock:F2},{together.processors:F2},{together.clock / alone.clock:F3},"
                    + $"{together.processors / alone.processors:F3}"));
            }
        }
    }

    private static void Alone(string data, TrainingOptions[] options, string folder)
    {
        foreach (TrainingOptions run in options)
        {
            using CpuBackend backend = new();
            using ActivationStore store = ActivationStore.Open([data]);
            using TrainingSession session =
                TrainingSession.Start(backend, store, run, Path.Combine(folder, $"alone-{run.Seed}"));
            session.Run();
            session.Evaluate();
        }
    }

    private static void Together(string data, TrainingOptions[] options, string folder)
    {
        IComputeBackend[] backends = [.. options.Select(_ => new CpuBackend(threads: 1))];
        try
        {
            using ActivationStore store = ActivationStore.Open([data]);
            string[] folders = [.. options.Select(run => Path.Combine(folder, $"together-{run.Seed}"))];
            using TrainingGroup group = TrainingGroup.Start(backends, store, options, folders);
            group.Run();
            group.Evaluate();
        }
        finally
        {
            Array.ForEach(backends, backend => backend.Dispose());
        }
    }

    private static int WidthOf(string data)
    {
        using ActivationStore store = ActivationStore.Open([data]);
        return store.DIn;
    }

    private static (double Clock, double Processors) SecondsOf(Action<string> run)
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        TimeSpan begin = Environment.CpuUsage.TotalTime;
        Stopwatch clock = Stopwatch.StartNew();
        run(folder);
        (double, double) seconds =
            (clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - begin).TotalSeconds);
        Directory.Delete(folder, recursive: true);
        return seconds;
    }
}
