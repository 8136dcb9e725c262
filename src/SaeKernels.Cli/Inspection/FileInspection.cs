using System.Text.Json.Nodes;
using SaeKernels.Data;
using SaeKernels.Factorization;
using SaeKernels.Files;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>Describes files of tensors.</summary>
internal static class FileInspection
{
    /// <summary>Describes a file of tensors or of codes.</summary>
    /// <exception cref="InvalidDataException">The file breaks its format.</exception>
    public static JsonObject Describe(string path)
    {
        if (CodeFile.IsIn(path) || Path.GetExtension(path) == EncodeCommand.Extension)
        {
            return CodeInspection.Describe(path);
        }

        using TensorFile file = TensorFile.Open(path);
        bool isCheckpoint = file.Metadata.GetValueOrDefault("format")?.StartsWith(
            "saekernels-checkpoint", StringComparison.Ordinal) == true;
        bool isModel = file.Tensors.ContainsKey("W_dec") && file.Tensors.ContainsKey("W_enc");
        JsonObject description = new()
        {
            ["kind"] = isCheckpoint ? "checkpoint" : isModel ? "weights" : "tensors",
            ["path"] = path,
            ["bytes"] = file.Length,
            ["tensors"] = DescribeTensors(file),
        };
        if (isCheckpoint)
        {
            TrainingCheckpoint.Verify(path);
            description["model"] = DescribeModel(TrainingCheckpoint.ReadConfig(path));
        }

        if (file.Metadata.Count > 0)
        {
            description["metadata"] = new JsonObject(file.Metadata
                .Where(entry => entry.Key != "config")
                .OrderBy(entry => entry.Key, StringComparer.Ordinal)
                .Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)JsonValue.Create(entry.Value))));
        }

        if (isCheckpoint || isModel)
        {
            description["checks"] = WeightInspection.Check(file);
        }

        return description;
    }

    /// <summary>Describes a folder of shards as the one matrix that they are.</summary>
    /// <exception cref="FileNotFoundException">The folder holds no shard.</exception>
    /// <exception cref="InvalidDataException">A shard breaks its format or does not fit the others.</exception>
    public static JsonObject DescribeShards(string folder)
    {
        using ActivationStore store = ActivationStore.Open([folder]);
        return new JsonObject
        {
            ["kind"] = "shards",
            ["path"] = folder,
            ["vectors"] = store.Count,
            ["width"] = store.DIn,
            ["documents"] = store.HasDocuments,
            ["token_ids"] = store.HasTokenIds,
            ["positions"] = store.HasPositions,
            ["hash"] = store.ComputeHash(HashMode.Sampled),
            ["shards"] = new JsonObject(store.Shards.Select(shard => KeyValuePair.Create(
                Path.GetFileName(shard.Path), (JsonNode?)JsonValue.Create(TextOf(shard.Activations))))),
        };
    }

    /// <summary>Describes architecture and sizes.</summary>
    public static JsonObject DescribeModel(SaeConfig config)
    {
        JsonObject model = new()
        {
            ["architecture"] = config.Architecture,
            ["d_in"] = config.DIn,
            ["d_sae"] = config.DSae,
        };
        if (config.K > 0)
        {
            model["k"] = config.K;
        }

        return model;
    }

    /// <summary>Describes the tensors of a file.</summary>
    public static JsonObject DescribeTensors(TensorFile file) => new(file.Tensors.Values
        .OrderBy(tensor => tensor.Name, StringComparer.Ordinal)
        .Select(tensor => KeyValuePair.Create(tensor.Name, (JsonNode?)JsonValue.Create(TextOf(tensor)))));

    private static string TextOf(TensorInfo tensor) =>
        $"{tensor.Type.ToString().ToUpperInvariant()} {tensor.ShapeText}";
}
