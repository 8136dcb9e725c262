using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae features</c>: what is known of each latent, as a table.</summary>
internal static class FeaturesCommand
{
    private const int Passes = 2;
    private const string CsvExtension = ".csv";
    private const string SafetensorsExtension = ".safetensors";

    private static readonly Option<string?> SaeFolder = SavedModel.CreateOption();

    private static readonly DataInput Activations = new(
        "Their token_ids, doc_ids and pos, where every file has them, add figures about tokens, documents and "
        + "positions.");

    private static readonly Option<string?> Out = Options.Text("--out", "FILE",
        "Table to write: a row a latent as .csv, or a tensor a column as .safetensors. Required.");

    private static readonly Option<bool> Tensors = Options.Flag("--safetensors",
        "Beside a .csv, write the same table as .safetensors. Default: one file.");

    private static readonly Option<FeatureOrdering?> Order = Options.Choice<FeatureOrdering>("--order", "KEY",
        "Order of the rows: latent, absolute-max, density, expected-value, clustering (the largest first), or random. "
        + "Default: latent.");

    private static readonly Option<double[]?> Counted = Options.NumberList<double>("--density-thresholds", "LIST",
        "Densities above which latents are counted, as shares of the vectors, separated by commas: 1 to 8, ascending, "
        + "between 0 and 1. Default: 0.01,0.1.");

    private static readonly Option<double?> DenseAbove = Options.Number<double>("--dense-above", "P",
        "Density above which a latent is dense and its density_class says of what kind. Default: 0.1.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print files, densities and their thresholds as one JSON object on standard output, and nothing else there.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "features",
        "--sae PATH --data PATH... --out FILE [options]",
        "Writes what is known of each latent: density, shape of its activations, geometry, documents, tokens.")
        .Group(
            "Input", SaeFolder, Activations.Data, Activations.Tensor, Activations.AllowShort,
            FeaturePath.Choices.Models, FeaturePath.Choices.Loss)
        .Group(
            "Output", Out, Tensors, Order, Counted, DenseAbove, FeatureLags.Choices.Lags, FeatureLags.Choices.Of,
            LagPairs.Out, Json)
        .Group("Device", Device, Threads, Precision)
        .Example("a row a latent", "sae features --sae runs/first --data activations.safetensors --out features.csv")
        .Example(
            "for a program: a tensor a column",
            "sae features --sae runs/first --data activations.safetensors --out features.safetensors")
        .Example(
            "which dense latents does more sparsity leave?",
            "sae features --sae runs/l1/l1-0.05 --path runs/l1/* --data activations.safetensors --out features.csv")
        .Example(
            "what is active up to 8 tokens after and before each latent?",
            "sae features --sae runs/first --data tokens.safetensors --lags 8 --out features.csv")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        string folder = SavedModel.RequireFolder(result, SaeFolder);
        _ = Activations.RequirePaths(result);

        string output = RequireOutput(result.GetValue(Out));
        // A list that is not given comes as an empty one.
        double[]? counted = result.GetValue(Counted) is { Length: > 0 } list ? list : null;
        DensityThresholds thresholds = new(counted, result.GetValue(DenseAbove));
        double loss = FeaturePath.RequireLoss(result);
        (int MaxLag, int[]? Of)? lagsWanted = FeatureLags.Require(result);
        string? pairs = LagPairs.Require(result, lagsWanted);
        OutputFile.RequireTwo(Out, LagPairs.Out, result);
        using ActivationStore store = Activations.Open(result);
        OutputFile.RequireNotRead(output, store);
        OutputFile.RequireNotRead(TensorsOf(output), store);
        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision));
        using Sae sae = SavedModel.Load(folder, backend);
        VectorSource source = StoreSource.Of(store);
        if (lagsWanted is { } chosen)
        {
            FeatureLags.RequireFit(chosen, sae, source);
        }

        IReadOnlyList<FeatureRow> rows = Measure(sae);
        FeaturePath? path = result.GetValue(FeaturePath.Choices.Models) is { Length: > 0 } others
            ? FeaturePath.Measure((folder, sae, rows), others, Measure, backend, store, loss)
            : null;
        FeatureLags? lags = lagsWanted is { } wanted ? FeatureLags.Measure(wanted, sae, source, rows) : null;
        rows = FeatureOrder.Of(rows, result.GetValue(Order) ?? FeatureOrdering.Latent);
        IReadOnlyList<FeatureColumn> columns =
        [
            .. FeatureColumns.All, FeatureColumns.DensityAbove(thresholds),
            .. path?.Columns ?? [], .. lags?.Columns ?? [],
        ];
        string[] files = [.. Write(output, result.GetValue(Tensors), rows, columns, thresholds)];
        if (pairs is not null)
        {
            LagPairs.Write(pairs, lagsWanted!.Value.MaxLag, lagsWanted.Value.Of!, sae, source);
        }

        DensityDiagnosis density = new(rows, thresholds);
        if (result.GetValue(Json))
        {
            WriteJson(files, source.Count, columns.Count, density, path, lags);
            return ExitCodes.Done;
        }

        foreach (string file in files)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{file}: {rows.Count:N0} latents, {columns.Count} columns, {source.Count:N0} vectors"));
        }

        string?[] parts = [DensitySummary.ToText(density), path?.ToText(), lags?.ToText()];
        Console.Out.WriteLine(string.Join('\n', parts.OfType<string>()));
        return ExitCodes.Done;

        IReadOnlyList<FeatureRow> Measure(Sae model) => PassDisplay.Run(
            source.Count,
            Passes,
            progress => FeatureTable.Measure(model, source, new LatentPass { Progress = progress }, thresholds));
    }

    private static void WriteJson(
        string[] files,
        long vectors,
        int columns,
        DensityDiagnosis density,
        FeaturePath? path,
        FeatureLags? lags)
    {
        JsonObject json = new()
        {
            ["files"] = new JsonArray([.. files.Select(file => JsonValue.Create(file))]),
            ["vectors"] = vectors,
            ["latents"] = density.Latents,
            ["columns"] = columns,
            ["density"] = DensitySummary.ToJson(density),
        };
        if (path is not null)
        {
            json["path"] = path.ToJson();
        }

        if (lags is not null)
        {
            json["lags"] = lags.ToJson();
        }

        Console.Out.WriteLine(JsonText.Of(json));
    }

    /// <summary>Checks the output before any work is done for it.</summary>
    private static string RequireOutput(string? path)
    {
        if (path is null || Path.GetExtension(path) is not (CsvExtension or SafetensorsExtension))
        {
            string found = path is null ? "is missing" : $"is {path}";
            throw new ArgumentException(
                $"--out: must name a file that ends in .csv or .safetensors, but {found}. Write --out features.csv.");
        }

        _ = AtomicFile.RequireFolder(path);
        return path;
    }

    private static IEnumerable<string> Write(
        string path,
        bool both,
        IReadOnlyList<FeatureRow> rows,
        IReadOnlyList<FeatureColumn> columns,
        DensityThresholds thresholds)
    {
        bool isCsv = Path.GetExtension(path) == CsvExtension;
        if (isCsv)
        {
            FeatureFiles.WriteCsv(path, rows, columns);
            yield return path;
        }

        if (both || !isCsv)
        {
            FeatureFiles.WriteSafetensors(TensorsOf(path), rows, columns, thresholds);
            yield return TensorsOf(path);
        }
    }

    private static string TensorsOf(string path) => Path.ChangeExtension(path, SafetensorsExtension);
}
