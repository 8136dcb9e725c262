using System.Text.Json;
using System.Text.Json.Nodes;
using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>Describes a run folder, or a folder with a SAELens model.</summary>
internal static class RunInspection
{
    /// <summary>Returns whether a folder is one of them.</summary>
    public static bool IsRunOrModel(string path)
    {
        RunFolder folder = new(path);
        return folder.HoldsRun || File.Exists(folder.ModelConfigFile);
    }

    /// <summary>Describes what is in the folder.</summary>
    /// <exception cref="InvalidDataException">A file breaks its format.</exception>
    public static JsonObject Describe(string path)
    {
        RunFolder folder = new(path);
        JsonObject description = new() { ["kind"] = folder.HoldsRun ? "run" : "model", ["path"] = folder.Path };
        if (File.Exists(folder.RunFile))
        {
            description["run"] = JsonNode.Parse(RunRecord.Read(folder.RunFile).ToJson());
        }

        if (CheckpointFiles.Newest(folder.CheckpointFolder) is string checkpoint)
        {
            TrainingCheckpoint.Verify(checkpoint);
            description["newest_checkpoint"] = checkpoint;
        }

        if (File.Exists(folder.MetricsFile) && MetricsLog.Read(folder.MetricsFile) is [.., MetricsRow row])
        {
            description["last_metrics"] = Describe(row);
        }

        if (File.Exists(folder.EvaluationFile))
        {
            description["held_out"] = Parse(folder.EvaluationFile);
        }

        if (File.Exists(folder.ModelConfigFile))
        {
            description["model"] = Parse(folder.ModelConfigFile);
            using SafetensorsFile weights = SafetensorsFile.Open(folder.ModelWeightsFile);
            description["weights"] = FileInspection.DescribeTensors(weights);
            description["checks"] = WeightInspection.Check(weights);
        }

        return description;
    }

    private static JsonObject Describe(MetricsRow row) => new()
    {
        ["step"] = row.Step,
        ["tokens"] = row.Tokens,
        ["loss"] = JsonText.Number(row.Loss),
        ["fvu"] = JsonText.Number(row.Fvu),
        ["l0"] = JsonText.Number(row.L0),
        ["dead_fraction"] = JsonText.Number(row.DeadFraction),
        ["tokens_per_second"] = JsonText.Number(row.TokensPerSecond),
    };

    private static JsonNode? Parse(string path)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(path));
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{path}: must be JSON, but cannot be read: {exception.Message} Write it again.", exception);
        }
    }
}
