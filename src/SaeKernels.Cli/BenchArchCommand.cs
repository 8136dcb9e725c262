using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae bench-arch</c>: architectures side by side on data with known truth.</summary>
internal static class BenchArchCommand
{
    private const string DataName = "data" + SyntheticManifest.Extension;
    private const string CellName = "comparison.json";
    private const long DefaultSamples = 5_000_000;
    private const int DefaultLatents = 4096;
    private const int DefaultK = 25;
    private const int DefaultBatch = 1024;
    private const double DefaultRate = 3e-4;
    private const double DefaultHoldout = 0.1;

    private static readonly Option<string[]> Archs = Options.Texts("--arch", "ID",
        "Architectures, repeated or separated by commas. Default: all that read and reconstruct one site.");

    private static readonly Option<string?> Data = Options.Text("--data", "MANIFEST",
        "Manifest of sae synth that the vectors are drawn by. Default: SynthSAEBench-16k, 5,000,000 vectors.");

    private static readonly Option<string?> Out = Options.Text("--out", "DIR",
        "Folder of the runs and of results.csv; one that is there is continued. Required.");

    private static readonly Option<int?> K = Options.Number<int>("--k", "N", "Wanted mean L0. Default 25.");

    private static readonly Option<int?> Latents = Options.Number<int>("--latents", "N", "Latents. Default 4096.");

    private static readonly Option<int?> Batch = Options.Number<int>("--batch", "N",
        "Vectors of a step. Default 1024.");

    private static readonly Option<double?> Rate = Options.Number<double>("--lr", "R",
        "Learning rate. Default 0.0003.");

    private static readonly Option<double?> Holdout = Options.Number<double>("--holdout", "SHARE",
        "Share of the vectors that is evaluated and not trained on. Default 0.1.");

    private static readonly Option<int?> Seeds = Options.Number<int>("--seeds", "N",
        "Runs of each architecture, with the seeds 42, 43, … Default 1.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the rows as one JSON object on standard output, and nothing else there.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "bench-arch",
        "--out DIR [options]",
        "Trains architectures at matched L0 on data with known truth and compares what they find.")
        .Group("Runs", Archs, K, Latents, Batch, Rate, Seeds)
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
        string[] ids = Architectures(result.GetValue(Archs) ?? []);
        int seeds = result.GetValue(Seeds) ?? 1;
        if (seeds < 1)
        {
            throw new ArgumentException($"--seeds: must be at least 1, but is {seeds}. Write --seeds 3.");
        }

        string data = DataOf(result.GetValue(Data), folder);
        using ActivationStore store = ActivationStore.Open([data]);
        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision));
        List<ComparisonRow> rows = [];
        foreach (string id in ids)
        {
            for (int seed = 0; seed < seeds; seed++)
            {
                TrainingOptions options = OptionsOf(result, id, TrainingOptions.DefaultSeed + (ulong)seed);
                string cell = Path.Combine(folder, $"{id}-{options.Seed}");
                int code = Complete(backend, store, data, options, cell, result);
                if (code != ExitCodes.Done)
                {
                    return code;
                }

                rows.Add(ComparisonRow.ReadJson(Path.Combine(cell, CellName)));
                ComparisonRow.WriteTable(Path.Combine(folder, "results.csv"), rows);
            }
        }

        Write(rows, result.GetValue(Json));
        return ExitCodes.Done;
    }

    private static string[] Architectures(string[] given)
    {
        string[] ids =
        [
            .. given.SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries))
                .Distinct(StringComparer.Ordinal),
        ];
        return ids.Length == 0
            ? [.. SaeArchitectures.All.Where(known => !known.HasTarget && !known.HasSites).Select(known => known.Id)]
            : [.. ids.Select(id => SaeArchitectures.Get(id).Id)];
    }

    private static string DataOf(string? given, string folder)
    {
        if (given is not null)
        {
            return SyntheticManifest.IsManifest(given)
                ? given
                : throw new ArgumentException(
                    $"--data: must name a manifest of sae synth ({SyntheticManifest.Extension}), but is {given}. "
                    + "The truth is needed for the comparison.");
        }

        string path = Path.Combine(folder, DataName);
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(folder);
            Console.Error.WriteLine($"{path}: the directions are pushed apart; the first time that takes minutes");
            SyntheticFile.WriteManifest(
                path, new SynthSaeBenchSource(TrainingOptions.DefaultSeed, new SynthSaeBenchOptions()), DefaultSamples);
        }

        return path;
    }

    private static TrainingOptions OptionsOf(ParseResult result, string id, ulong seed)
    {
        int batch = result.GetValue(Batch) ?? DefaultBatch;
        return new TrainingOptions
        {
            Architecture = id,
            Latents = result.GetValue(Latents) ?? DefaultLatents,
            K = result.GetValue(K) ?? DefaultK,
            Batch = batch,
            LearningRate = result.GetValue(Rate) ?? DefaultRate,
            Holdout = result.GetValue(Holdout) ?? DefaultHoldout,
            Seed = seed,
        };
    }

    /// <summary>Trains and measures one model, or goes on where an earlier call stopped.</summary>
    private static int Complete(
        IComputeBackend backend,
        ActivationStore store,
        string data,
        TrainingOptions options,
        string cell,
        ParseResult result)
    {
        if (File.Exists(Path.Combine(cell, CellName)))
        {
            return ExitCodes.Done;
        }

        // An epoch is as long as the data: every vector is drawn once.
        long vectors = HoldoutSplit.Create(store, options.Holdout, options.Seed).Training.Count;
        TrainingOptions whole = options with { Steps = Math.Max(1, vectors / options.Batch) };
        return TrainingRun.Execute(
            () => new RunFolder(cell).HoldsRun
                ? TrainingSession.Resume(backend, store, cell)
                : TrainingSession.Start(backend, store, whole, cell),
            CommandText.Of([.. result.Tokens.Select(token => token.Value)]),
            run => Measure(run, backend, store, data, whole));
    }

    private static void Measure(
        TrainingRun run, IComputeBackend backend, ActivationStore store, string data, TrainingOptions options)
    {
        RowSet rows = HoldoutSplit.Create(store, options.Holdout, options.Seed).HeldOut;
        using Sae sae = SaeLensLayout.Load(run.Folder.Path, backend);
        EvaluationResult figures = TruthEvaluator.Compare(
            run.Evaluation ?? SaeEvaluator.Evaluate(sae, store, rows), sae, data, store, rows);
        figures.Write(run.Folder.EvaluationFile);
        new ComparisonRow
        {
            Architecture = options.Architecture,
            Seed = options.Seed,
            K = options.K ?? 0,
            Latents = options.Latents,
            Batch = options.Batch,
            LearningRate = options.LearningRate ?? 0,
            Tokens = run.Outcome.Tokens,
            L0 = figures.L0,
            F1 = figures.F1 ?? double.NaN,
            Precision = figures.Precision ?? double.NaN,
            Recall = figures.Recall ?? double.NaN,
            Mcc = figures.Mcc ?? double.NaN,
            Uniqueness = figures.Uniqueness ?? double.NaN,
            ExplainedVariance = figures.ExplainedVariance,
            DeadFraction = figures.DeadFraction ?? double.NaN,
            Shrinkage = figures.L2Ratio,
            Evaluated = figures.Tokens,
            TokensPerSecond = run.Outcome.TokensPerSecond,
            Device = $"{backend.Device.Id}: {backend.Device.Name}, {backend.Device.ComputeUnits} units",
        }.WriteJson(Path.Combine(run.Folder.Path, CellName));
    }

    private static void Write(List<ComparisonRow> rows, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(new { rows }));
            return;
        }

        Console.Out.WriteLine(
            "architecture          seed     L0     F1  prec.    rec.    MCC  uniq.     EV   dead  ‖x̂‖/‖x‖  vectors/s");
        foreach (ComparisonRow row in rows)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Architecture,-20}{row.Seed,6}{row.L0,7:F1}{row.F1,7:F4}{row.Precision,7:F4}{row.Recall,8:F4}"
                + $"{row.Mcc,7:F4}{row.Uniqueness,7:F4}{row.ExplainedVariance,7:F4}{row.DeadFraction,7:F4}"
                + $"{row.Shrinkage,9:F4}{row.TokensPerSecond,11:N0}"));
        }
    }
}
