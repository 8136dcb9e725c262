using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SaeKernels;

/// <summary>The <c>cfg.json</c> of a model in SAELens' layout.</summary>
internal static class SaeLensConfig
{
    // From this version on, SAELens reads the keys as they stand; without one it converts them from older layouts.
    private const string LayoutVersion = "6.0.0";

    // The configuration of an architecture that SAELens keeps under another name, or without its K.
    private const string ConfigKey = "saekernels_config";
    private const string NoteKey = "saekernels_note";
    private const string NormalizeKey = "normalize_activations";
    private const string NoneName = "none";
    private const string LayerNormName = "layer_norm";
    private const string TopK = "topk";
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

        SaeArchitecture architecture = SaeArchitectures.Get(config.Architecture);
        JsonObject root = new()
        {
            ["d_in"] = config.DIn,
            ["d_sae"] = config.DSae,
            ["dtype"] = "float32",
            ["device"] = "cpu",
            ["apply_b_dec_to_input"] = !architecture.HasTarget,
            [NormalizeKey] = config.HasLayerNorm ? LayerNormName : NoneName,
            ["reshape_activations"] = "none",
            ["metadata"] = bag,
        };
        string saved = architecture.SaeLensName;
        if (saved == TopK)
        {
            root["k"] = config.K;
            root["rescale_acts_by_decoder_norm"] = false;
        }

        if (architecture.HasTarget)
        {
            root["d_out"] = config.DOut;
        }

        if (saved != config.Architecture || architecture.SaeLensNote is not null)
        {
            bag[ConfigKey] = JsonSerializer.SerializeToNode(config);
        }

        if (architecture.SaeLensNote is string note)
        {
            bag[NoteKey] = note;
        }

        root["architecture"] = saved;
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
        string saved = ReadArchitecture(path, root);
        bool hasLayerNorm = root[NormalizeKey]?.ToJsonString() == $"\"{LayerNormName}\"";
        if (!hasLayerNorm)
        {
            RequireSetting(path, root, NormalizeKey, JsonValue.Create(NoneName), $"\"{LayerNormName}\"");
        }

        bool isTranscoder = SaeArchitectures.All.Any(known => known.SaeLensName == saved && known.HasTarget);
        RequireSetting(path, root, "apply_b_dec_to_input", JsonValue.Create(!isTranscoder));
        RequireSetting(path, root, "rescale_acts_by_decoder_norm", JsonValue.Create(false));
        SaeConfig config = (ReadOwn(path, root, saved) ?? new()
        {
            Architecture = ForeignArchitecture(path, saved),
            DIn = ReadNumber(path, root, "d_in"),
            DSae = ReadNumber(path, root, "d_sae"),
            K = saved == TopK ? ReadNumber(path, root, "k") : 0,
        }) with
        {
            HasLayerNorm = hasLayerNorm,
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
        List<string> names = [.. SaeArchitectures.All.Select(known => known.SaeLensName).Distinct()];
        string found = root["architecture"]?.ToJsonString() ?? "missing";
        return names.Find(name => found == $"\"{name}\"") ?? throw new InvalidDataException(
            $"{path}: architecture must be one of {string.Join(", ", names.Select(name => $"\"{name}\""))}, those that "
            + $"can be loaded, but is {found}. Load a model of one of them.");
    }

    /// <summary>The architecture that SAELens' own entries describe in full.</summary>
    private static string ForeignArchitecture(string path, string saved) =>
        SaeArchitectures.All.FirstOrDefault(known => known.SaeLensName == saved && known.HasK == (saved == TopK))?.Id
        ?? throw new InvalidDataException(
            $"{path}: a model with architecture \"{saved}\" must have metadata.{ConfigKey}, but has none. Load a model "
            + $"that {nameof(SaeKernels)} saved.");

    /// <summary>Reads what SAELens' own entries do not say; null where nothing is missing from them.</summary>
    private static SaeConfig? ReadOwn(string path, JsonObject root, string saved)
    {
        if ((root["metadata"] as JsonObject)?[ConfigKey] is not JsonNode node)
        {
            return null;
        }

        try
        {
            SaeConfig config = node.Deserialize<SaeConfig>() ?? throw new JsonException("It is null.");
            return SaeArchitectures.Get(config.Architecture).SaeLensName == saved
                && config.DIn == ReadNumber(path, root, "d_in")
                && (config.TargetWidth is null || config.TargetWidth == ReadNumber(path, root, "d_out"))
                && config.DSae == ReadNumber(path, root, "d_sae")
                ? config
                : throw new JsonException("It is that of another model.");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new InvalidDataException(
                $"{path}: metadata.{ConfigKey} must be the configuration of the model, but is not: {exception.Message} "
                + "Save the model again.",
                exception);
        }
    }

    private static void RequireSetting(
        string path, JsonObject root, string name, JsonValue supported, string? other = null)
    {
        // SAELens' default of each of these settings is the one that is supported here.
        if (root[name] is JsonNode found && !JsonNode.DeepEquals(found, supported))
        {
            string values = other is null
                ? $"{supported.ToJsonString()}, the only value that can be loaded,"
                : $"{supported.ToJsonString()} or {other}, the values that can be loaded,";
            throw new InvalidDataException(
                $"{path}: {name} must be {values} but is {found.ToJsonString()}. Fold that setting into the weights "
                + "and save the model again.");
        }
    }

    private static int ReadNumber(string path, JsonObject root, string name) =>
        root[name] is JsonValue value && value.TryGetValue(out int number)
            ? number
            : throw new InvalidDataException(
                $"{path}: {name} must be a whole number below 2^31, but is {root[name]?.ToJsonString() ?? "missing"}. "
                + "Save the model again.");
}
