using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using CsvHelper.Configuration.Attributes;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae bench-arch</c>: architectures side by side on data with known truth.</summary>
internal static class BenchArchCommand
{
    private const string DataName = "data" + SyntheticManifest.Extension;
    private const long DefaultSamples = 5_000_000;
    private const int DefaultLatents = 4096;
    private const int DefaultK = 25;
    private const int DefaultBatch = 1024;
    private const double DefaultRate = 3e-4;
    private const int DefaultPoints = 5;
    private const double DefaultHoldout = 0.1;

    private static readonly Option<string[]> Archs = Options.Texts("--arch", "ID",
        "Architectures, repeated or separated by commas. Default: all that read and reconstruct one site; groupmax "
        + "only where --k divides --latents.");

    private static readonly Option<string?> Data = Options.Text("--data", "MANIFEST",
        "Manifest of sae synth that the vectors are drawn by. Default: SynthSAEBench-16k, 5,000,000 vectors.");

    private static readonly Option<string?> Out = Options.Text("--out", "DIR",
        "Folder of the runs, of results.csv and of trend.csv; one that is there is continued. Required.");

    private static readonly Option<int?> K = Options.Number<int>("--k", "N", "Wanted mean L0. Default: 25.");

    private static readonly Option<int?> Latents = Options.Number<int>("--latents", "N", "Latents. Default: 4096.");

    private static readonly Option<int?> Batch = Options.Number<int>("--batch", "N",
        "Vectors of a step. Default: 1024.");

    private static readonly Option<double?> Rate = Options.Number<double>("--lr", "R",
        "Learning rate. Default: 0.0003.");

    private static readonly Option<double?> Holdout = Options.Number<double>("--holdout", "SHARE",
        "Share of the vectors that is evaluated and not trained on, above 0 and below 1. Default: 0.1.");

    private static readonly Option<int?> Seeds = Options.Number<int>("--seeds", "N",
        "Runs of each architecture, with the seeds 42, 43, … Default: 1.");

    private static readonly Option<int?> Points = Options.Number<int>("--points", "N",
        "Points of the training, at equal distances, at which all are measured; all but the last on at most 65,536 "
        + "vectors. Default: 5.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the rows as one JSON object on standard output, and nothing else there.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    private static readonly JsonSerializerOptions JsonOfRows = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameAsInTables } },
    };

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "bench-arch",
        "--out DIR [options]",
        "Trains architectures at matched L0 on data with known truth and compares what they find.")
        .Group("Runs", Archs, K, Latents, Batch, Rate, Seeds, Points)
        .Group("Data", Data, Holdout)
        .Group("Output", Out, Json)
        .Group("Device", Device, Threads, Precision)
        .Example("all architectures on SynthSAEBench-16k", "sae bench-arch --out runs/bench")
        .Example(
            "two of them, twice, on smaller data",
            "sae bench-arch --arch topk,batchtopk --seeds 2 --data small.manifest.json --latents 512 --out runs/small")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        string folder = result.GetValue(Out) ?? throw new ArgumentException(
            "--out: must name a folder, but is missing. Write --out runs/bench.");
        string[] ids = Architectures(result);
        int seeds = result.GetValue(Seeds) ?? 1;
        if (seeds < 1)
        {
            throw new ArgumentException($"--seeds: must be at least 1, but is {seeds}. Write --seeds 3.");
        }

        int count = result.GetValue(Points) ?? DefaultPoints;
        if (count < 1)
        {
            throw new ArgumentException($"--points: must be at least 1, but is {count}. Write --points 5.");
        }

        double holdout = RequireHoldout(result);
        string data = RequireManifest(result.GetValue(Data) ?? Path.Combine(folder, DataName));
        if (result.GetValue(Data) is null && !File.Exists(data))
        {
            // Faults of the options are told before the minutes that it takes.
            SynthSaeBenchOptions drawn = new();
            _ = Cells(result, ids, seeds, drawn.DIn, DefaultSamples);
            Draw(data, drawn);
        }

        using ActivationStore store = ActivationStore.Open([data]);
        long vectors = CountTraining(store, holdout);
        TrainingOptions[] cells = Cells(result, ids, seeds, store.DIn, vectors);
        // Data without true directions is told before it is trained on.
        _ = TruthEvaluator.ReadDirections(data, store.DIn);
        long steps = cells[0].Steps ?? 1;
        long[] points = [.. Enumerable.Range(1, count).Select(i => steps * i / count).Where(p => p > 0).Distinct()];
        ArchitectureComparison comparison = new(data, store, folder);
        using Interruption interruption = new();
        using RunFolderLock taken = new(new RunFolder(folder));
        if (!comparison.Complete(
            cells,
            points,
            runs => GroupBackends.Open(
                result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision), runs),
            interruption.Token))
        {
            Console.Error.WriteLine("sae: interrupted; all runs are saved. Continue with:");
            Console.Error.WriteLine(CommandText.Of([.. result.Tokens.Select(token => token.Value)]));
            return ExitCodes.Interrupted;
        }

        // What a run that diverged reached before is in the trend.
        ComparisonRow[] ends = [.. comparison.Rows.Where(row => row.Tokens == points[^1] * row.Batch)];
        ComparisonRow.WriteTable(Path.Combine(folder, "results.csv"), ends);
        ComparisonRow.WriteTable(Path.Combine(folder, "trend.csv"), comparison.Rows);
        Write(ends, comparison.Rows, result.GetValue(Json));
        string[] diverged =
        [
            .. cells.Where(cell => !ends.Any(row => (row.Architecture, row.Seed) == (cell.Architecture, cell.Seed)))
                .Select(cell => $"{cell.Architecture}-{cell.Seed}"),
        ];
        return diverged.Length == 0 ? ExitCodes.Done : GroupDisplay.ReportDiverged(diverged);
    }

    private static string[] Architectures(ParseResult result)
    {
        string[] ids =
        [
            .. (result.GetValue(Archs) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries))
                .Distinct(StringComparer.Ordinal),
        ];
        if (ids.Length > 0)
        {
            return [.. ids.Select(id => SaeArchitectures.Get(id).Id)];
        }

        (int latents, int k) = (result.GetValue(Latents) ?? DefaultLatents, result.GetValue(K) ?? DefaultK);
        return
        [
            .. SaeArchitectures.All.Where(known => !known.HasTarget && !known.HasSites).Select(known => known.Id)
                .Where(id => k < 1 || latents % k == 0 || !TrainingObjectives.Get(id).HasGroups),
        ];
    }

    private static double RequireHoldout(ParseResult result)
    {
        double holdout = result.GetValue(Holdout) ?? DefaultHoldout;
        return holdout is > 0 and < 1
            ? holdout
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"--holdout: must be above 0 and below 1, since all are measured on it, but is {holdout}. Write "
                + $"--holdout {DefaultHoldout}."));
    }

    private static long CountTraining(ActivationStore store, double holdout)
    {
        (RowSet training, RowSet heldOut) = HoldoutSplit.Create(store, holdout, TrainingOptions.DefaultSeed);
        return heldOut.Count > 0
            ? training.Count
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"--holdout: must leave a vector to measure on, but {holdout} of {store.Count} vectors is none. Write "
                + $"--holdout {DefaultHoldout}."));
    }

    private static string RequireManifest(string path) => SyntheticManifest.IsManifest(path)
        ? path
        : throw new ArgumentException(
            $"--data: must name a manifest of sae synth ({SyntheticManifest.Extension}), but is {path}. "
            + "The truth is needed for the comparison.");

    private static void Draw(string path, SynthSaeBenchOptions options)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Console.Error.WriteLine($"{path}: the directions are pushed apart; the first time that takes minutes");
        SyntheticFile.WriteManifest(
            path, new SynthSaeBenchSource(TrainingOptions.DefaultSeed, options), DefaultSamples);
    }

    /// <summary>The runs; throws where one of them cannot be trained.</summary>
    private static TrainingOptions[] Cells(ParseResult result, string[] ids, int seeds, int dIn, long vectors)
    {
        int batch = result.GetValue(Batch) ?? DefaultBatch;
        TrainingOptions[] cells =
        [
            .. from id in ids
               from seed in Enumerable.Range(0, seeds)
               select new TrainingOptions
               {
                   Architecture = id,
                   Latents = result.GetValue(Latents) ?? DefaultLatents,
                   K = result.GetValue(K) ?? DefaultK,
                   Batch = batch,

                   // An epoch is as long as the data: every vector is drawn once.
                   Steps = Math.Max(1, vectors / Math.Max(1, batch)),
                   LearningRate = result.GetValue(Rate) ?? DefaultRate,
                   Holdout = result.GetValue(Holdout) ?? DefaultHoldout,
                   Seed = TrainingOptions.DefaultSeed + (ulong)seed,
                   DataSeed = TrainingOptions.DefaultSeed,
               },
        ];
        foreach (TrainingOptions cell in cells)
        {
            _ = TrainingPlan.Create(cell, dIn, vectors);
        }

        return cells;
    }

    /// <summary>Gives the members of a row the names of their columns.</summary>
    private static void NameAsInTables(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo member in type.Properties)
        {
            NameAttribute[] names =
                [.. member.AttributeProvider!.GetCustomAttributes(typeof(NameAttribute), false).Cast<NameAttribute>()];
            member.Name = names.Length > 0 ? names[0].Names[0] : member.Name;
        }
    }

    private static void Write(IReadOnlyList<ComparisonRow> ends, IReadOnlyList<ComparisonRow> trend, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new { rows = ends, trend }, JsonOfRows));
            return;
        }

        Console.Out.WriteLine(
            "architecture          seed     L0     F1  prec.    rec.    MCC  uniq.     EV   dead  ‖x̂‖/‖x‖  vectors/s"
            + "  step µs  drawing");
        foreach (ComparisonRow row in ends)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Architecture,-20}{row.Seed,6}{row.L0,7:F1}{row.F1,7:F4}{row.Precision,7:F4}{row.Recall,8:F4}"
                + $"{row.Mcc,7:F4}{row.Uniqueness,7:F4}{row.ExplainedVariance,7:F4}{row.DeadFraction,7:F4}"
                + $"{row.Shrinkage,9:F4}{row.TokensPerSecond,11:N0}{row.StepMicroseconds,9:F1}"
                + $"{row.DrawingMicroseconds / row.StepMicroseconds,9:P0}"));
        }

        Console.Out.WriteLine();
        Console.Out.WriteLine("F1 and explained variance over vectors trained on:");
        foreach (IGrouping<string, ComparisonRow> cell in trend.GroupBy(row => $"{row.Architecture,-20}{row.Seed,6}"))
        {
            Console.Out.WriteLine(cell.Key + string.Concat(cell.Select(row => string.Create(
                CultureInfo.InvariantCulture, $"  {row.Tokens:N0}: {row.F1:F4}, {row.ExplainedVariance:F4}"))));
        }
    }
}
