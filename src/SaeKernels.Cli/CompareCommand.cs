using System.CommandLine;
using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae compare</c>: which latents of two models are the same feature, and which split.</summary>
internal static class CompareCommand
{
    private static readonly Option<string[]> Models = Options.Texts("--sae", "PATH",
        "The two models: run folders, or folders with SAELens models, of the same width. Required, twice.");

    private static readonly DataInput Activations = new("Both models encode all of it.");

    private static readonly Option<string?> Out = Options.Text("--out", "FILE",
        ".csv with a row for each latent of both models: its best partner by correlation and by masked cosine. "
        + "Default: no file.");

    private static readonly Option<string?> Edges = Options.Text("--edges", "FILE",
        ".csv with a row for each pair whose masked cosine reaches --edges-from: how features split. Default: no "
        + "file.");

    private static readonly Option<double?> EdgesFrom = Options.Number<double>("--edges-from", "COSINE",
        "Least masked cosine of such a pair, above 0 to 1. Default: 0.4.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the figures as one JSON object on standard output, and nothing else there.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "compare",
        "--sae PATH --sae PATH --data PATH... [options]",
        "Compares two models over the same activations: which latents are the same feature, and which split.")
        .Group("Input", Models, Activations.Data, Activations.Tensor, Activations.AllowShort)
        .Group("Output", Out, Edges, EdgesFrom, Json)
        .Group("Device", Device, Threads, Precision)
        .Example(
            "two seeds: how universal are the features?",
            "sae compare --sae runs/seed1 --sae runs/seed2 --data activations.safetensors --out pairs.csv")
        .Example(
            "two sizes: which features split?",
            "sae compare --sae runs/small --sae runs/large --data activations.safetensors --edges edges.csv")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        string[] folders = RequireTwo(result.GetValue(Models) ?? []);
        _ = Activations.RequirePaths(result);
        double edgesFrom = result.GetValue(EdgesFrom) ?? 0.4;
        if (edgesFrom is not (> 0 and <= 1))
        {
            throw new ArgumentException(
                $"--edges-from: must be above 0 and at most 1, but is {edgesFrom}. Write --edges-from 0.4.");
        }

        OutputFile.Require(Out, result);
        OutputFile.Require(Edges, result);
        OutputFile.RequireTwo(Out, Edges, result);
        using ActivationStore store = Activations.Open(result);
        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision));
        using Sae first = SavedModel.Load(folders[0], backend);
        using Sae second = SavedModel.Load(folders[1], backend);
        PairedLatents pairs = PassDisplay.Run(
            store.Count,
            new UniversalityPass().Blocks(first, second),
            progress => new UniversalityPass { EdgesFrom = edgesFrom, Progress = progress }
                .Run(first, second, StoreSource.Of(store)));
        if (result.GetValue(Out) is string partners)
        {
            PairFiles.WritePartners(
                partners,
                pairs,
                UnitDirections.From(first.Parameters.WDec),
                UnitDirections.From(second.Parameters.WDec));
        }

        if (result.GetValue(Edges) is string edges)
        {
            PairFiles.WriteEdges(edges, pairs);
        }

        Print([.. ComparisonFigures.Of(pairs, first, second)], store.Count, result.GetValue(Json));
        return ExitCodes.Done;
    }

    private static string[] RequireTwo(string[] folders) => folders.Length == 2
        ? folders
        : throw new ArgumentException(
            $"--sae: must name two models, but names {folders.Length}. Write --sae runs/seed1 --sae runs/seed2.");

    private static void Print(KeyValuePair<string, double>[] figures, long vectors, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonText.Of(ComparisonFigures.ToJson(figures, vectors)));
            return;
        }

        foreach ((string name, double value) in figures)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-44}{value:G6}"));
        }
    }
}
