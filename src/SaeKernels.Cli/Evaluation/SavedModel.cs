using System.CommandLine;
using SaeKernels.Abstractions;
using SaeKernels.Training;

namespace SaeKernels.Cli;

/// <summary>Loads the model that a path stands for.</summary>
internal static class SavedModel
{
    /// <summary>The option that names a model.</summary>
    public static Option<string?> CreateOption() => Options.Text("--sae", "PATH",
        "Run folder, or any folder with a model of SAELens (cfg.json, sae_weights.safetensors), sparsify (cfg.json, "
        + "sae.safetensors) or dictionary_learning (ae.pt of a gated or JumpReLU model). Of a run without a saved "
        + "model its newest checkpoint is taken. Required.");

    /// <summary>Returns the folder that was named.</summary>
    /// <exception cref="ArgumentException">None was.</exception>
    public static string RequireFolder(ParseResult result, Option<string?> option) => result.GetValue(option)
        ?? throw new ArgumentException("--sae: must name a model, but is missing. Write --sae runs/first.");

    /// <summary>Loads a saved model, or the newest checkpoint of a run that has not saved one.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="FileNotFoundException">The folder holds no model.</exception>
    /// <exception cref="InvalidDataException">A file is broken.</exception>
    public static Sae Load(string folder, IComputeBackend backend)
    {
        if (SparsifyLayout.IsIn(folder))
        {
            return SparsifyLayout.Load(folder, backend);
        }

        if (DictionaryLearningLayout.IsIn(folder))
        {
            return DictionaryLearningLayout.Load(folder, backend);
        }

        RunFolder run = new(folder);
        string? checkpoint = CheckpointFiles.Newest(run.CheckpointFolder);
        // The weights are written first and cfg.json last, so a cfg.json means that both are there.
        if (File.Exists(run.ModelConfigFile) || checkpoint is null)
        {
            return SaeLensLayout.Load(folder, backend);
        }

        Console.Error.WriteLine($"sae: {folder} has no saved model yet; taking {checkpoint}.");
        string exported = Directory.CreateTempSubdirectory("sae-").FullName;
        try
        {
            TrainingCheckpoint.ExportModel(checkpoint, exported, backend);
            return SaeLensLayout.Load(exported, backend);
        }
        finally
        {
            Directory.Delete(exported, recursive: true);
        }
    }
}
