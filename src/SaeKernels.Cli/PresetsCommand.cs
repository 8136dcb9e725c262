using System.CommandLine;
using System.Text.Json.Nodes;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary><c>sae presets</c>: the published recipes.</summary>
internal static class PresetsCommand
{
    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the recipes as one JSON object on standard output, and nothing else there.");

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "presets",
        "[options]",
        "Lists the published recipes that sae train --preset takes, with their sources.")
        .Group("Output", Json)
        .Example("a list", "sae presets")
        .Run(result => Run(result.GetValue(Json)));

    private static int Run(bool json)
    {
        if (json)
        {
            JsonArray presets = [.. TrainingPresets.All.Select(ToJson)];
            Console.Out.WriteLine(JsonText.Of(new JsonObject { ["presets"] = presets }));
            return ExitCodes.Done;
        }

        foreach (TrainingPreset preset in TrainingPresets.All)
        {
            TrainingOptions options = preset.Options(preset.Latents);
            Console.Out.WriteLine($"{preset.Name}  ({options.Architecture}, {preset.Latents} latents)");
            Console.Out.WriteLine($"    source:    {preset.Source}");
            Console.Out.WriteLine($"    otherwise: {preset.Differences}");
        }

        return ExitCodes.Done;
    }

    private static JsonObject ToJson(TrainingPreset preset) => new()
    {
        ["name"] = preset.Name,
        ["architecture"] = preset.Options(preset.Latents).Architecture,
        ["latents"] = preset.Latents,
        ["source"] = preset.Source,
        ["differences"] = preset.Differences,
    };
}
