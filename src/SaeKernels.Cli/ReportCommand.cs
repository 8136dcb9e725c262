using System.CommandLine;
using System.Globalization;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Files;
using SaeKernels.Report;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae report</c>: the feature browser of a model, as one page.</summary>
internal static class ReportCommand
{
    private const string PageExtension = ".html";

    private static readonly Option<string?> SaeFolder = SavedModel.CreateOption();

    private static readonly DataInput Activations = new("Tokens come from token_ids, doc_ids and pos.");

    private static readonly Option<string?> Out = Options.Text("--out", "PATH",
        "A name that ends in .html: one page that holds everything, and the same numbers in a .json beside it. Another "
        + "name: a folder for sae serve, for reports too large for one page. Default: report.html.");

    private static readonly Option<string?> Title = Options.Text("--title", "TEXT",
        "Title of the page. Default: the name of the model's folder.");

    private static readonly Option<string?> Vocabulary = Options.Text("--vocab", "FILE",
        "Pieces of the vocabulary: a JSON list, a JSON object of piece and number, or one piece a line.");

    private static readonly Option<string?> Rows = Options.Text("--rows", "FILE",
        "Texts of the vectors where they stand alone, such as words: one a line, or a JSON list.");

    private static readonly Option<string?> Images = Options.Text("--images", "FILE",
        ".npy with a picture for each vector, [n, height, width] or [n, height, width, 3].");

    private static readonly Option<string?> Names = Options.Text("--names", "FILE",
        "Names of features: a JSON object of number and text, or lines of number, tab, text.");

    private static readonly Option<string?> Labels = Options.Text("--labels", "FILE",
        "A label for each vector: a line of text each, empty for none, or a .safetensors or .npy file with whole "
        + "numbers in a tensor labels, negative for none. Activations are split by the five most frequent ones. Tokens "
        + "with a vocabulary are split by kinds of text anyway.");

    private static readonly Option<string?> Unembed = Options.Text("--unembed", "FILE",
        "Output matrix of the model that the activations come from, [pieces, width] or [width, pieces]: shows what a "
        + "feature makes more likely.");

    private static readonly Option<string?> Sweep = Options.Text("--sweep", "DIR",
        "Folder of the sweep that the model belongs to: shows its bounce plane, and maps over sizes and sparsities.");

    private static readonly Option<string?> Features = Options.Text("--features", "WHICH",
        "Features with panels of their own: all, top:N (largest sum of activations) or ids:A,B,... Default: all, but "
        + "at most top:2048.");

    private static readonly Option<int?> Examples = Options.Number<int>("--examples", "N",
        "Examples of each interval of strength. Default: 5.");

    private static readonly Option<int?> Documents = Options.Number<int>("--documents", "N",
        "Texts that can be read token by token, from the first on. Default: 100.");

    private static readonly Option<string?> Svg = Options.Text("--svg", "WHICH",
        "Also write pictures for papers, with the same numbers: the run view, and features named as for --features, or "
        + "run for the run view alone. They lie beside the page (first.run.svg, first.feature-3.svg), or in the "
        + "folder. Default: none.");

    private static readonly Option<string?> Png = Options.Text("--png", "WHICH",
        "The same pictures as .png, 2,400 pixels wide. Default: none.");

    private static readonly Option<string?> Device = DeviceChoice.CreateOption();

    private static readonly Option<int?> Threads = DeviceChoice.CreateThreadsOption();

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "report",
        "--sae PATH --data PATH... [options]",
        "Writes the feature browser: a page that shows what every feature responds to.")
        .Group(
            "Input", SaeFolder, Activations.Data, Activations.Tensor, Activations.AllowShort, Vocabulary, Rows, Images,
            Names, Labels, Unembed, Sweep)
        .Group("Output", Out, Title, Features, Examples, Documents, Svg, Png)
        .Group("Device", Device, Threads)
        .Example(
            "a page for a model of token activations",
            "sae report --sae runs/first --data activations.safetensors --vocab vocab.json --out first.html")
        .Example(
            "vectors that stand for words",
            "sae report --sae runs/demo --data samples/glove --rows samples/glove/words.txt --out words.html")
        .Example(
            "the run view and two features as pictures",
            "sae report --sae runs/first --data activations.safetensors --svg ids:3,17 --out first.html")
        .Run(Run);

    /// <summary>Writes a report in the form that the name of the output asks for; returns what was written.</summary>
    public static string Write(FeatureReport report, string path)
    {
        if (!path.EndsWith(PageExtension, StringComparison.OrdinalIgnoreCase))
        {
            report.WriteFolder(path);
            return Path.Combine(path, "index.html");
        }

        report.WritePage(path);
        report.WriteJson(JsonBeside(path));
        return path;
    }

    private static string JsonBeside(string page) => Path.ChangeExtension(page, ".json");

    /// <summary>Checks the output before any work is done for it.</summary>
    private static string RequireOutput(string path)
    {
        if (path.EndsWith(PageExtension, StringComparison.OrdinalIgnoreCase))
        {
            _ = AtomicFile.RequireFolder(path);
        }
        else if (File.Exists(path))
        {
            throw new ArgumentException(
                $"--out: must name a page that ends in {PageExtension} or a folder, but {path} is a file. Choose "
                + "another name.");
        }

        return path;
    }

    private static int Run(ParseResult result)
    {
        string folder = SavedModel.RequireFolder(result, SaeFolder);
        _ = Activations.RequirePaths(result);
        string output = RequireOutput(result.GetValue(Out) ?? "report.html");
        OutputFile.RequireNotRead(
            JsonBeside(output),
            [result.GetValue(Vocabulary), result.GetValue(Rows), result.GetValue(Names), result.GetValue(Labels)]);
        ReportOptions options = OptionsOf(result);
        using ActivationStore store = Activations.Open(result);
        using ImageFile? images = result.GetValue(Images) is string file ? ImageFile.Open(file, store.Count) : null;
        using IComputeBackend backend = DeviceChoice.Open(result.GetValue(Device), result.GetValue(Threads));
        using Sae sae = SavedModel.Load(folder, backend);
        (PictureFormat Format, FeatureSelection? Features)[] pictures =
            [.. PicturesOf(result, Svg, PictureFormat.Svg), .. PicturesOf(result, Png, PictureFormat.Png)];
        FeatureReport report = FeatureReport.Build(InputOf(result, folder, store, sae, images), options);
        string written = Write(report, output);
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{written}: {report.DetailedFeatures:N0} of {report.Features:N0} features, "
            + $"{new FileInfo(written).Length / 1e6:F1} MB"));
        string prefix = written == output
            ? Path.ChangeExtension(output, null) + "."
            : output + Path.DirectorySeparatorChar;
        foreach ((PictureFormat format, FeatureSelection? features) in pictures)
        {
            Console.Out.WriteLine(string.Join('\n', report.WritePictures(prefix, format, features)));
        }

        return ExitCodes.Done;
    }

    private static IEnumerable<(PictureFormat Format, FeatureSelection? Features)> PicturesOf(
        ParseResult result, Option<string?> option, PictureFormat format)
    {
        string? which = result.GetValue(option);
        return which is null ? [] : [(format, which == "run" ? null : FeatureSelection.Parse(which))];
    }

    private static ReportOptions OptionsOf(ParseResult result)
    {
        ReportOptions defaults = new();
        return defaults with
        {
            Features = result.GetValue(Features) is string which ? FeatureSelection.Parse(which) : defaults.Features,
            Examples = result.GetValue(Examples) ?? defaults.Examples,
            Documents = result.GetValue(Documents) ?? defaults.Documents,
        };
    }

    private static ReportInput InputOf(
        ParseResult result, string folder, ActivationStore store, Sae sae, ImageFile? images)
    {
        string? vocabulary = result.GetValue(Vocabulary);
        return new ReportInput
        {
            Sae = sae,
            Data = StoreSource.Of(store),
            Rows = RowSources.Texts(store, result.GetValue(Rows), vocabulary, images is not null),
            Title = result.GetValue(Title) ?? Path.GetFileName(Path.GetFullPath(folder)),
            About = RunFacts.About(folder, sae, store),
            Figures = RunFacts.Figures(sae, store),
            Curves = RunFacts.Curves(folder),
            Sweep = result.GetValue(Sweep) is string sweep ? SweepFile.Read(sweep) : null,
            Labels = result.GetValue(Names) is string names ? LabelFile.Read(names, sae.Config.DSae) : null,
            RowLabels = result.GetValue(Labels) is string labels ? RowSources.Labels(store, labels) : null,
            Output = result.GetValue(Unembed) is string unembed
                ? RowSources.Output(unembed, sae.Config.DOut, vocabulary)
                : null,
            Pictures = images?.Pictures,
        };
    }
}
