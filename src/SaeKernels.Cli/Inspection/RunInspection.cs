using System.Text.Json;
using System.Text.Json.Nodes;
using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>Describes a run folder, or a folder with a model of SAELens, sparsify or dictionary_learning.</summary>
internal static class RunInspection
{
    /// <summary>Returns whether a folder is one of them.</summary>
    public static bool IsRunOrModel(string path)
    {
        RunFolder folder = new(path);
        return folder.HoldsRun || File.Exists(folder.ModelConfigFile) || SparsifyLayout.IsIn(path)
            || DictionaryLearningLayout.IsIn(path);
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

        (string config, TensorFile? opened) = OpenModel(folder);
        if (File.Exists(config))
        {
            description["model"] = Parse(config);
        }

        if (opened is not null)
        {
            using TensorFile weights = opened;
            description["weights"] = FileInspection.DescribeTensors(weights);
            description["checks"] = WeightInspection.Check(weights);
        }

        return description;
    }

    // In the order in which models are looked for where they are loaded.
    private static (string Config, TensorFile? Weights) OpenModel(RunFolder folder) =>
        SparsifyLayout.IsIn(folder.Path)
            ? (folder.ModelConfigFile, SafetensorsFile.Open(PathOf(folder, SparsifyLayout.WeightsFileName)))
            : DictionaryLearningLayout.IsIn(folder.Path)
            ? (PathOf(folder, DictionaryLearningLayout.ConfigFileName),
                TorchFile.Open(PathOf(folder, DictionaryLearningLayout.WeightsFileName)))
            : (folder.ModelConfigFile,
                File.Exists(folder.ModelConfigFile) ? SafetensorsFile.Open(folder.ModelWeightsFile) : null);

    private static string PathOf(RunFolder folder, string name) => Path.Combine(folder.Path, name);

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
