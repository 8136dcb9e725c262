using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae toy</c>: toy models of superposition and how their features share dimensions.</summary>
internal static class ToyCommand
{
    private const int MostFeatures = 4096;

    private static readonly Option<int?> Features = Options.Number<int>("--features", "N",
        "Features, the width of a vector, 1 to 4096. Default: 5.");

    private static readonly Option<int?> Hidden = Options.Number<int>("--hidden", "M",
        "Dimensions that they share, at least 1. Default: 2.");

    private static readonly Option<double?> Sparsity = Options.Number<double>("--sparsity", "S",
        "Probability that a feature is off, 0 to 1. Default: 0.95.");

    private static readonly Option<double?> Decay = Options.Number<double>("--importance-decay", "I",
        "Weight of feature i in the loss is I^i; above 0. Default: 1.");

    private static readonly Option<int?> Starts = Options.Number<int>("--starts", "N",
        "Random starts, of which the one with the lowest loss is told. Default: 10.");

    private static readonly Option<int?> Steps = Options.Number<int>("--steps", "N",
        "Training steps of 512 vectors. Default: 5000.");

    private static readonly Option<ulong?> Seed = Options.Number<ulong>("--seed", "S",
        "Seed of vectors and starts. Default: 42.");

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the figures as one JSON object on standard output, and nothing else there.");

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "toy",
        "[options]",
        "Trains a toy model of superposition and tells how its features share dimensions.")
        .Group("Model", Features, Hidden, Sparsity, Decay)
        .Group("Training", Starts, Steps, Seed)
        .Group("Output", Json)
        .Example("a pentagon: five features in a plane, 2/5 of a dimension each", "sae toy --features 5 --hidden 2")
        .Example(
            "two features in one dimension: which phase?",
            "sae toy --features 2 --hidden 1 --sparsity 0.5 --importance-decay 0.3")
        .Run(Run);

    private static int Run(ParseResult result)
    {
        int features = result.GetValue(Features) ?? 5;
        double decay = result.GetValue(Decay) ?? 1;
        int starts = result.GetValue(Starts) ?? 10;
        if (features is < 1 or > MostFeatures || starts < 1 || !(decay > 0))
        {
            throw new ArgumentException(
                $"--features, --starts, --importance-decay: must be 1 to {MostFeatures}, at least 1 and above 0, but "
                + $"are {features}, {starts} and {decay}. Change them.");
        }

        ulong seed = result.GetValue(Seed) ?? 42;
        FeatureSetSource source = new(
            seed, FeatureSetKind.Toy, features, members: 1, result.GetValue(Sparsity) ?? 0.95);
        ToyModelOptions options = new() { Hidden = result.GetValue(Hidden) ?? 2, Seed = seed };
        ToyModel model = ToyModel.TrainBest(
            source,
            options with
            {
                Steps = result.GetValue(Steps) ?? options.Steps,
                Importance = [.. Enumerable.Range(0, features).Select(i => Math.Pow(decay, i))],
            },
            starts);
        if (result.GetValue(Json))
        {
            Console.Out.WriteLine(JsonText.Of(ToJson(model)));
        }
        else
        {
            Write(model);
        }

        return ExitCodes.Done;
    }

    private static JsonObject ToJson(ToyModel model) => new()
    {
        ["loss"] = JsonText.Number(model.Loss),
        ["frobenius_squared"] = JsonText.Number(model.Geometry.FrobeniusSquared),
        ["dimensions_per_feature"] = JsonText.Number(model.Geometry.DimensionsPerFeature),
        ["norms"] = new JsonArray([.. model.Geometry.Norms.Select(JsonText.Number)]),
        ["dimensionalities"] = new JsonArray([.. model.Geometry.Dimensionalities.Select(JsonText.Number)]),
    };

    private static void Write(ToyModel model)
    {
        const int MostLines = 32;
        SuperpositionGeometry geometry = model.Geometry;
        Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"loss {model.Loss:G4}, |W|^2 {geometry.FrobeniusSquared:F3}, "
            + $"dimensions per feature {geometry.DimensionsPerFeature:F3}"));
        Console.Out.WriteLine("feature     |W_i|      D_i");
        for (int feature = 0; feature < Math.Min(MostLines, geometry.Norms.Count); feature++)
        {
            Console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{feature,7}  {geometry.Norms[feature],8:F3} {geometry.Dimensionalities[feature],8:F3}"));
        }

        if (geometry.Norms.Count > MostLines)
        {
            Console.Out.WriteLine($"... and {geometry.Norms.Count - MostLines} more; --json has them all");
        }
    }
}
