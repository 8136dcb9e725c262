using System.CommandLine;
using System.Text.Json.Nodes;

namespace SaeKernels.Cli;

/// <summary><c>sae archs</c>: the architectures that can be trained.</summary>
internal static class ArchsCommand
{
    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the architectures as one JSON object on standard output, and nothing else there.");

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "archs",
        "[options]",
        "Lists the architectures that train --arch takes, with their papers.")
        .Group("Output", Json)
        .Example("a table", "sae archs")
        .Example("the ids, for a script", "sae archs --json | jq -r .architectures[].id")
        .Run(result => Run(result.GetValue(Json)));

    private static int Run(bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonText.Of(new JsonObject
            {
                ["architectures"] = new JsonArray([.. SaeArchitectures.All.Select(ToJson)]),
            }));
            return ExitCodes.Done;
        }

        int id = SaeArchitectures.All.Max(architecture => architecture.Id.Length) + 2;
        int name = SaeArchitectures.All.Max(architecture => architecture.DisplayName.Length) + 2;
        const int SaeLens = 12;
        Console.Out.WriteLine($"{"id".PadRight(id)}{"name".PadRight(name)}{"in SAELens",-SaeLens}source");
        foreach (SaeArchitecture architecture in SaeArchitectures.All)
        {
            Console.Out.WriteLine(
                architecture.Id.PadRight(id) + architecture.DisplayName.PadRight(name)
                + $"{architecture.SaeLensName,-SaeLens}{architecture.Source}");
        }

        return ExitCodes.Done;
    }

    private static JsonNode ToJson(SaeArchitecture architecture) => new JsonObject
    {
        ["id"] = architecture.Id,
        ["name"] = architecture.DisplayName,
        ["saelens_architecture"] = architecture.SaeLensName,
        ["source"] = architecture.Source,
    };
}
