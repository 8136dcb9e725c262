using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SaeKernels.Abstractions;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae features --path</c>: what dense latents become in sparser models of the same data.</summary>
internal sealed class FeaturePath
{
    private readonly DensityPath path;
    private readonly double allowedLoss;
    private readonly (string Folder, DensityPathModel Model)[] models;

    private FeaturePath(DensityPath path, double allowedLoss, (string Folder, DensityPathModel Model)[] models)
    {
        this.path = path;
        this.allowedLoss = allowedLoss;
        this.models = models;
    }

    /// <summary>The options by which the verb is told of a path.</summary>
    public static (Option<string[]> Models, Option<double?> Loss) Choices { get; } = (
        Options.Texts("--path", "PATH",
            "Further models of the same data, trained with more sparsity, in any order: adds path_class, path_density "
            + "and path_models, which say of each dense latent whether sparsity was not learned or it is frequent. "
            + "Models that are not sparser than --sae are left out. Default: none."),
        Options.Number<double>("--path-loss", "SHARE",
            "How much less explained variance a model of the path may have to reconstruct as well, 0 to 1. Default: "
            + "0.02."));

    /// <summary>The columns that it adds to the table.</summary>
    public IReadOnlyList<FeatureColumn> Columns =>
    [
        new("path_class", typeof(string), row => this.path.Latents[row.Latent].Class)
        {
            Verdicts = DensityPath.Classes,
        },
        new("path_density", typeof(double), row => this.path.Latents[row.Latent].Density),
        new("path_models", typeof(int), row => this.path.Latents[row.Latent].Models),
    ];

    /// <summary>Returns the share of explained variance that may be lost.</summary>
    /// <exception cref="ArgumentException">It is outside its range.</exception>
    public static double RequireLoss(ParseResult result)
    {
        double loss = result.GetValue(Choices.Loss) ?? DensityPath.DefaultLoss;
        if (result.GetValue(Choices.Loss) is not null && result.GetValue(Choices.Models) is not { Length: > 0 })
        {
            throw new ArgumentException(
                "--path-loss: must come with --path, but --path is missing. Write --path runs/sparser.");
        }

        return loss is >= 0 and <= 1
            ? loss
            : throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"--path-loss: must be 0 to 1, but is {loss}. Write --path-loss {DensityPath.DefaultLoss}."));
    }

    /// <summary>Measures the models that are named, in the order of their L0.</summary>
    /// <param name="first">The folder of the model that is judged, and its table.</param>
    /// <param name="folders">The folders of the others.</param>
    /// <param name="measure">Makes the table of a model.</param>
    /// <param name="backend">Where the models run.</param>
    /// <param name="store">The data.</param>
    /// <param name="allowedLoss">How much explained variance may be lost.</param>
    /// <exception cref="ArgumentException">No model is sparser than the first.</exception>
    public static FeaturePath Measure(
        (string Folder, Sae Sae, IReadOnlyList<FeatureRow> Rows) first,
        string[] folders,
        Func<Sae, IReadOnlyList<FeatureRow>> measure,
        IComputeBackend backend,
        ActivationStore store,
        double allowedLoss)
    {
        DensityPathModel judged = ModelOf(first.Sae, first.Rows, store);
        List<(string Folder, DensityPathModel Model)> sparser = [];
        // runs/l1/* names the first model, too.
        string own = FullPathOf(first.Folder);
        foreach (string folder in folders.Where(one => FullPathOf(one) != own).DistinctBy(FullPathOf))
        {
            using Sae sae = SavedModel.Load(folder, backend);
            if (sae.Config.DIn != store.DIn)
            {
                throw new InvalidDataException(
                    $"{folder}: a model of --path must read what --data has, vectors {store.DIn} wide, but reads "
                    + $"{sae.Config.DIn}. Leave it out.");
            }

            DensityPathModel model = ModelOf(sae, measure(sae), store);
            if (model.L0 < judged.L0)
            {
                sparser.Add((folder, model));
            }
            else
            {
                Console.Error.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"sae: {folder} is left out of the path: its L0 is {model.L0:G4}, not below {judged.L0:G4}."));
            }
        }

        if (sparser.Count == 0)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"--path: must name a model whose L0 is below {judged.L0:G4}, that of --sae, but names none. Train one "
                + $"with a larger --l1 or a smaller --k, or judge the least sparse one."));
        }

        (string Folder, DensityPathModel Model)[] ordered = [.. sparser.OrderByDescending(one => one.Model.L0)];
        DensityPath path = DensityPath.Of(judged, [.. ordered.Select(one => one.Model)], allowedLoss);
        return new FeaturePath(path, allowedLoss, [(first.Folder, judged), .. ordered]);
    }

    /// <summary>Returns a line a model and one on the dense latents, for people.</summary>
    public string ToText()
    {
        string[] kinds = KindsOfDense();
        IEnumerable<string> lines = this.models.Select((one, place) => string.Create(
            CultureInfo.InvariantCulture,
            $"path: L0 {one.Model.L0:G4}, FVU {one.Model.Fvu:G4}{Remark(place)}: {one.Folder}"));
        IEnumerable<string> counts = kinds.Select(
            name => string.Create(CultureInfo.InvariantCulture, $"{CountOf(name):N0} {name.Replace('-', ' ')}"));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join('\n', lines)}\npath: {kinds.Sum(CountOf):N0} dense latents are {string.Join(", ", counts)} "
            + $"(as good: explained variance at most {this.allowedLoss:G4} smaller)");
    }

    /// <summary>Returns the same as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["allowed_loss"] = this.allowedLoss,
        ["models"] = new JsonArray(
        [
            .. this.models.Select((one, place) => new JsonObject
            {
                ["path"] = one.Folder,
                ["l0"] = JsonText.Number(one.Model.L0),
                ["fvu"] = JsonText.Number(one.Model.Fvu),
                ["as_good"] = place == 0 || this.path.IsAsGood[place - 1],
            }),
        ]),
        ["classes"] = new JsonObject(
            KindsOfDense().Select(name => KeyValuePair.Create(name, (JsonNode?)JsonValue.Create(CountOf(name))))),
    };

    private static DensityPathModel ModelOf(Sae sae, IReadOnlyList<FeatureRow> rows, ActivationStore store) => new(
        rows,
        UnitDirections.From(sae.Parameters.WDec),
        SaeEvaluator.Evaluate(sae, store, RowSet.All(store)).Fvu);

    private static string FullPathOf(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    private static string[] KindsOfDense() => [.. DensityClass.Dense, DensityPath.Lost];

    private string Remark(int place) =>
        place == 0 ? string.Empty : this.path.IsAsGood[place - 1] ? ", as good" : ", not as good";

    private int CountOf(string name) => this.path.Latents.Count(latent => latent.Class == name);
}
