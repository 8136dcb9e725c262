using System.CommandLine;
using System.Text.Json.Nodes;

namespace SaeKernels.Cli;

/// <summary><c>sae info</c>: what a file, a folder of shards, a run or a checkpoint is.</summary>
internal static class InfoCommand
{
    private static readonly Argument<string> Subject = new("PATH")
    {
        Description = "A .npy or .safetensors file, a folder of them, a run folder, a model of SAELens, sparsify or "
            + "dictionary_learning, a checkpoint, or a file of codes.",
    };

    private static readonly Option<bool> Json = Options.Flag("--json",
        "Print the same as one JSON object on standard output, and nothing else there.");

    /// <summary>Describes the verb.</summary>
    public static Command Create() => new Verb(
        "info",
        "PATH [--json]",
        "Tells what a file, a folder of shards, a run or a checkpoint is, and checks it.")
        .Group("Input", Subject)
        .Group("Output", Json)
        .Example("shape and type of activations", "sae info activations.safetensors")
        .Example("configuration, provenance and last figures of a run", "sae info runs/first")
        .Run(result => Run(result.GetRequiredValue(Subject), result.GetValue(Json)));

    private static int Run(string path, bool json)
    {
        JsonObject description = Describe(path);
        if (json)
        {
            Console.Out.WriteLine(JsonText.Of(description));
        }
        else
        {
            Outline.Write(description, Console.Out);
        }

        return ExitCodes.Done;
    }

    private static JsonObject Describe(string path)
    {
        if (File.Exists(path))
        {
            return FileInspection.Describe(path);
        }

        if (!Directory.Exists(path))
        {
            throw new FileNotFoundException(
                $"{path}: must be a file or a folder, but does not exist. Check the path.", path);
        }

        return RunInspection.IsRunOrModel(path) ? RunInspection.Describe(path) : FileInspection.DescribeShards(path);
    }
}
