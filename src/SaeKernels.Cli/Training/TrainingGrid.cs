using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae train --grid</c>: several runs on one pass over the data, in folders below <c>--out</c>.</summary>
internal static class TrainingGrid
{
    /// <summary>Whether a folder holds the runs of a grid, and is no run itself.</summary>
    public static bool IsIn(string folder) =>
        !new RunFolder(folder).HoldsRun && FoldersIn(folder).Length > 0;

    /// <summary>Begins or continues the runs of a grid.</summary>
    public static int Run(TrainOptions options, ParseResult result, string folder)
    {
        string? device = result.GetValue(options.Device);
        if (result.GetValue(options.Resume))
        {
            options.RequireNothingSettled(result);
            string[] begun = FoldersIn(folder);
            RunRecord record = RunRecord.Read(new RunFolder(begun[0]).RunFile);
            using ActivationStore data = Continuation.Open(options, result, record);
            return Train(
                DeviceChoice.Continue(device, record.Encoder.Precision),
                begun.Length,
                backends => TrainingGroup.Resume(backends, data, begun));
        }

        GridCell[] cells = GridCell.Read(result.GetValue(options.Grid)!, result);
        TrainingOptions[] chosen = [.. cells.Select(cell => options.Read(cell.Options))];
        ulong dataSeed = chosen[0].DataSeed ?? chosen[0].Seed;
        chosen = [.. chosen.Select(one => one with { DataSeed = one.DataSeed ?? dataSeed })];
        string[] folders = [.. cells.Select(cell => Path.Combine(folder, cell.Name))];
        RequireFree(folder, folders, result.GetValue(options.Force));
        foreach (TrainingOptions one in chosen)
        {
            options.Sites.Require(result, SaeArchitectures.Get(one.Architecture));
        }

        using ActivationStore store = Open(options, result);
        return Train(
            result.GetValue(options.Precision),
            folders.Length,
            backends => TrainingGroup.Start(
                backends,
                store,
                chosen,
                folders,
                result.GetValue(options.Hash) ?? HashMode.Sampled,
                result.GetValue(options.Force)));

        int Train(
            EncoderPrecision? precision, int runs, Func<IReadOnlyList<IComputeBackend>, TrainingGroup> begin)
        {
            using GroupBackends backends = GroupBackends.Open(
                device, result.GetValue(options.Threads), precision, runs);
            return Finish(
                () => begin(backends.All),
                folder,
                Continuation.Line(options, result, folder),
                result.GetValue(options.Json));
        }
    }

    private static ActivationStore Open(TrainOptions options, ParseResult result)
    {
        string[] paths = result.GetValue(options.Data) ?? [];
        return paths.Length > 0
            ? options.Sites.Join(result, ActivationStore.Open(paths, new ActivationStoreOptions
            {
                TensorName = result.GetValue(options.Tensor),
                AllowShort = result.GetValue(options.AllowShort),
            }))
            : throw new ArgumentException(
                "--data: must name activations, but is missing. Write --data activations.safetensors.");
    }

    private static int Finish(Func<TrainingGroup> open, string folder, string resumeLine, bool json)
    {
        using Interruption interruption = new();
        using RunFolderLock taken = new(new RunFolder(folder));
        using TrainingGroup group = open();
        IReadOnlyList<TrainingOutcome?> outcomes = GroupDisplay.Run(group, untilStep: null, interruption.Token);
        if (outcomes.Any(outcome => outcome is { Completed: false }))
        {
            Console.Error.WriteLine("sae: interrupted; all runs are saved. Continue with:");
            Console.Error.WriteLine(resumeLine);
            return ExitCodes.Interrupted;
        }

        IReadOnlyList<EvaluationResult?> figures = group.Evaluate();
        if (json)
        {
            JsonObject all = [];
            for (int run = 0; run < figures.Count; run++)
            {
                all[NameOf(group.Sessions[run])] = figures[run] is null ? null : JsonNode.Parse(figures[run]!.ToJson());
            }

            Console.Out.WriteLine(all.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        }
        else
        {
            WriteTable(group, outcomes, figures);
        }

        string[] diverged =
            [.. group.Sessions.Where((_, run) => outcomes[run] is null).Select(NameOf)];
        return diverged.Length == 0 ? ExitCodes.Done : GroupDisplay.ReportDiverged(diverged);
    }

    private static void WriteTable(
        TrainingGroup group, IReadOnlyList<TrainingOutcome?> outcomes, IReadOnlyList<EvaluationResult?> figures)
    {
        int width = group.Sessions.Max(session => NameOf(session).Length);
        Console.Out.WriteLine($"{"run".PadRight(width)}     FVU  cosine      L0   dead  vectors/s");
        for (int run = 0; run < outcomes.Count; run++)
        {
            string text = (outcomes[run], figures[run]) switch
            {
                (null, _) => "diverged",
                (TrainingOutcome outcome, null) => string.Create(
                    CultureInfo.InvariantCulture, $"{string.Empty,30}{outcome.TokensPerSecond,11:N0}"),
                (TrainingOutcome outcome, EvaluationResult found) => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{found.Fvu,8:F4}{found.Cosine,8:F4}{found.L0,8:F1}{found.DeadFraction ?? double.NaN,7:P1}"
                    + $"{outcome.TokensPerSecond,11:N0}"),
            };
            Console.Out.WriteLine($"{NameOf(group.Sessions[run]).PadRight(width)}{text}");
        }
    }

    private static string NameOf(TrainingSession session) => Path.GetFileName(session.Folder.Path);

    private static string[] FoldersIn(string folder) => Directory.Exists(folder)
        ?
        [
            .. Directory.EnumerateDirectories(folder)
                .Where(path => File.Exists(new RunFolder(path).RunFile))
                .Order(StringComparer.Ordinal),
        ]
        : [];

    private static void RequireFree(string folder, string[] folders, bool force)
    {
        string? held = folders.Prepend(folder).FirstOrDefault(path => new RunFolder(path).HoldsRun);
        if (held is not null && !(force && held != folder))
        {
            throw new ArgumentException(
                $"{held}: must not hold a run, but does. Continue it with --resume, replace it with --force, or choose "
                + "another --out.");
        }
    }
}
