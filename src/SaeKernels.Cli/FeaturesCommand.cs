using System.CommandLine;
using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Data;
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

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    private static readonly Option<EncoderPrecision?> Precision = DeviceChoice.CreatePrecisionOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "features",
        "--sae PATH --data PATH... --out FILE [options]",
        "Writes what is known of each latent: density, shape of its activations, geometry, documents, tokens.")
        .Group("Input", SaeFolder, Activations.Data, Activations.Tensor, Activations.AllowShort)
        .Group("Output", Out, Tensors, Order)
        .Group("Device", Device, Threads, Precision)
        .Example("a row a latent", "sae features --sae runs/first --data activations.safetensors --out features.csv")
        .Example(
            "for a program: a tensor a column",
            "sae features --sae runs/first --data activations.safetensors --out features.safetensors")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        string folder = SavedModel.RequireFolder(result, SaeFolder);
        _ = Activations.RequirePaths(result);

        string output = RequireOutput(result.GetValue(Out));
        using ActivationStore store = Activations.Open(result);
        using IComputeBackend backend = DeviceChoice.Open(
            result.GetValue(Device), result.GetValue(Threads), result.GetValue(Precision));
        using Sae sae = SavedModel.Load(folder, backend);
        VectorSource source = StoreSource.Of(store);
        IReadOnlyList<FeatureRow> rows = PassDisplay.Run(
            source.Count,
            Passes,
            progress => FeatureTable.Measure(sae, source, new LatentPass { Progress = progress }));
        rows = FeatureOrder.Of(rows, result.GetValue(Order) ?? FeatureOrdering.Latent);
        foreach (string file in Write(output, result.GetValue(Tensors), rows))
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{file}: {rows.Count:N0} latents, {FeatureColumns.All.Count} columns, {source.Count:N0} vectors"));
        }

        Console.Out.WriteLine(Describe(new DensityDiagnosis(rows)));
        return ExitCodes.Done;
    }

    private static string Describe(DensityDiagnosis density)
    {
        string separation = double.IsNaN(density.UltralowSeparation)
            ? string.Empty
            : string.Create(CultureInfo.InvariantCulture, $" (separation {density.UltralowSeparation:F1})");
        string groups = double.IsNaN(density.Split)
            ? "one group"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{density.Ultralow:N0} ultralow, below 10^{density.Split:F1}{separation}");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"density: {density.Dead:N0} dead, {density.AboveOnePercent:N0} above 1 %, "
            + $"{density.AboveTenPercent:N0} above 10 % ({density.Offset:N0} offset, "
            + $"{density.NotSparse:N0} not sparse, {density.Frequent:N0} frequent), {groups}");
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

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return Directory.Exists(folder)
            ? path
            : throw new DirectoryNotFoundException(
                $"{path}: the folder {folder} must exist, but does not. Create it, or choose another path.");
    }

    private static IEnumerable<string> Write(string path, bool both, IReadOnlyList<FeatureRow> rows)
    {
        bool isCsv = Path.GetExtension(path) == CsvExtension;
        if (isCsv)
        {
            FeatureFiles.WriteCsv(path, rows);
            yield return path;
        }

        if (both || !isCsv)
        {
            string tensors = Path.ChangeExtension(path, SafetensorsExtension);
            FeatureFiles.WriteSafetensors(tensors, rows);
            yield return tensors;
        }
    }
}
