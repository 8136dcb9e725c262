using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaeKernels;

/// <summary>The <c>cfg.json</c> of a model in SAELens' layout.</summary>
internal static class SaeLensConfig
{
    // From this version on, SAELens reads the keys as they stand; without one it converts them from older layouts.
    private const string LayoutVersion = "6.0.0";

    // Its name for ReLU; which penalty trained a model does not change what it computes.
    private const string Standard = "standard";
    private const string ArchitectureKey = "saekernels_architecture";
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Returns the text of the file.</summary>
    /// <param name="config">Architecture and sizes.</param>
    /// <param name="metadata">More entries for the metadata, or null.</param>
    public static string Write(SaeConfig config, JsonObject? metadata)
    {
        JsonObject bag = new()
        {
            ["sae_lens_version"] = LayoutVersion,
            ["library"] = nameof(SaeKernels),
            ["library_version"] = typeof(SaeLensConfig).Assembly.GetName().Version?.ToString(3),
        };
        foreach ((string name, JsonNode? value) in metadata ?? [])
        {
            bag[name] = value?.DeepClone();
        }

        JsonObject root = new()
        {
            ["d_in"] = config.DIn,
            ["d_sae"] = config.DSae,
            ["dtype"] = "float32",
            ["device"] = "cpu",
            ["apply_b_dec_to_input"] = true,
            ["normalize_activations"] = "none",
            ["reshape_activations"] = "none",
            ["metadata"] = bag,
        };
        if (config.Architecture == TopKSae.Architecture.Id)
        {
            root["k"] = config.K;
            root["rescale_acts_by_decoder_norm"] = false;
            root["architecture"] = config.Architecture;
        }
        else
        {
            bag[ArchitectureKey] = config.Architecture;
            root["architecture"] = Standard;
        }

        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text, Indented))
        {
            root.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }

    /// <summary>Reads the file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">It is not JSON, or describes what is not supported.</exception>
    public static SaeConfig Read(string path)
    {
        JsonObject root = Parse(path);
        string architecture = ReadArchitecture(path, root);
        RequireSetting(path, root, "normalize_activations", JsonValue.Create("none"));
        RequireSetting(path, root, "apply_b_dec_to_input", JsonValue.Create(true));
        RequireSetting(path, root, "rescale_acts_by_decoder_norm", JsonValue.Create(false));
        SaeConfig config = new()
        {
            Architecture = architecture,
            DIn = ReadNumber(path, root, "d_in"),
            DSae = ReadNumber(path, root, "d_sae"),
            K = architecture == TopKSae.Architecture.Id ? ReadNumber(path, root, "k") : 0,
        };
        try
        {
            config.Validate();
            return config;
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"{path}: {exception.Message}", exception);
        }
    }

    private static JsonObject Parse(string path)
    {
        try
        {
            byte[] text = File.ReadAllBytes(path);
            return JsonNode.Parse(text, documentOptions: Strict) as JsonObject
                ?? throw new JsonException("It is not an object.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{path}: must be a JSON object, but cannot be read as one: {exception.Message} Save the model "
                + "again.",
                exception);
        }
    }

    private static string ReadArchitecture(string path, JsonObject root)
    {
        string found = root["architecture"]?.ToJsonString() ?? "missing";
        if (found == $"\"{TopKSae.Architecture.Id}\"")
        {
            return TopKSae.Architecture.Id;
        }

        if (found != $"\"{Standard}\"")
        {
            throw new InvalidDataException(
                $"{path}: architecture must be \"{TopKSae.Architecture.Id}\" or \"{Standard}\", those that can be "
                + $"loaded, but is {found}. Load a model of one of them.");
        }

        string trained = $"{(root["metadata"] as JsonObject)?[ArchitectureKey]}";
        return trained == ReluSae.NormWeightedArchitecture.Id ? trained : ReluSae.Architecture.Id;
    }

    private static void RequireSetting(string path, JsonObject root, string name, JsonValue supported)
    {
        // SAELens' default of each of these settings is the one that is supported here.
        if (root[name] is JsonNode found && !JsonNode.DeepEquals(found, supported))
        {
            throw new InvalidDataException(
                $"{path}: {name} must be {supported.ToJsonString()}, the only value that can be loaded, but is "
                + $"{found.ToJsonString()}. Fold that setting into the weights and save the model again.");
        }
    }

    private static int ReadNumber(string path, JsonObject root, string name) =>
        root[name] is JsonValue value && value.TryGetValue(out int number)
            ? number
            : throw new InvalidDataException(
                $"{path}: {name} must be a whole number below 2^31, but is {root[name]?.ToJsonString() ?? "missing"}. "
                + "Save the model again.");
}
