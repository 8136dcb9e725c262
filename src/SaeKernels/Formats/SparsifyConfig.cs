using System.Text.Json;
using System.Text.Json.Serialization;

namespace SaeKernels;

/// <summary>The <c>cfg.json</c> of a model in sparsify's layout.</summary>
internal sealed record SparsifyConfig
{
    private const string GroupMax = "groupmax";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    /// <summary>What is kept after ReLU: <c>topk</c> or <c>groupmax</c>.</summary>
    [JsonPropertyName("activation")]
    public string Activation { get; init; } = "topk";

    /// <summary>Latents for each number of an input, where <see cref="Latents"/> is 0.</summary>
    [JsonPropertyName("expansion_factor")]
    public int ExpansionFactor { get; init; } = 32;

    /// <summary>Whether sparsify would keep decoder rows at unit length, were it to train on.</summary>
    [JsonPropertyName("normalize_decoder")]
    public bool NormalizeDecoder { get; init; } = true;

    /// <summary>DSae, or 0.</summary>
    [JsonPropertyName("num_latents")]
    public int Latents { get; init; }

    /// <summary>Latents kept for each vector.</summary>
    [JsonPropertyName("k")]
    public int K { get; init; }

    /// <summary>Whether training reconstructs with 4k latents too.</summary>
    [JsonPropertyName("multi_topk")]
    public bool IsMulti { get; init; }

    /// <summary>Whether a linear map of the input is added to the reconstruction.</summary>
    [JsonPropertyName("skip_connection")]
    public bool HasSkip { get; init; }

    /// <summary>Whether the encoder sees x itself.</summary>
    [JsonPropertyName("transcode")]
    public bool HasTarget { get; init; }

    /// <summary>The input width.</summary>
    [JsonPropertyName("d_in")]
    public int DIn { get; init; }

    /// <summary>Whether activations keep their sign, as those of early versions may.</summary>
    [JsonPropertyName("signed")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsSigned { get; init; }

    /// <summary>What sparsify says of a model.</summary>
    /// <exception cref="ArgumentException">sparsify has no such model; the message says which it has.</exception>
    public static SparsifyConfig Of(SaeConfig config, bool hasUnitRows)
    {
        SaeArchitecture architecture = SaeArchitectures.Get(config.Architecture);
        if (ArchitectureOf(architecture.Id == GroupMax, IsMultiTopK(config), architecture) != architecture.Id)
        {
            throw new ArgumentException(
                $"{nameof(SparsifyLayout)}: the architecture must be one of {string.Join(", ", Known)}, those of "
                + $"sparsify, but is {config.Architecture}. Save the model in SAELens' layout.");
        }

        if (config.DOut != config.DIn)
        {
            throw new ArgumentException(
                $"{nameof(SparsifyLayout)}: DOut must be DIn = {config.DIn} in sparsify's layout, but is "
                + $"{config.DOut}. Save the model in SAELens' layout.");
        }

        return new SparsifyConfig
        {
            Activation = architecture.Id == GroupMax ? GroupMax : "topk",
            NormalizeDecoder = hasUnitRows,
            Latents = config.DSae,
            K = config.K,
            IsMulti = IsMultiTopK(config),
            HasSkip = architecture.HasSkip,
            HasTarget = architecture.HasTarget,
            DIn = config.DIn,
        };
    }

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">It is not JSON, or describes what is not supported.</exception>
    public static SaeConfig Read(string path)
    {
        try
        {
            SparsifyConfig found = JsonSerializer.Deserialize<SparsifyConfig>(File.ReadAllBytes(path))
                ?? throw new JsonException("It is null.");
            return found.ToConfig();
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new InvalidDataException(
                $"{path}: must be the configuration of a model that sparsify saved, but is not: {exception.Message} "
                + "Save the model again.",
                exception);
        }
    }

    /// <summary>Returns the text of the file.</summary>
    public string Write() => JsonSerializer.Serialize(this, Indented) + "\n";

    private static IEnumerable<string> Known =>
    [
        TopKSae.Architecture.Id,
        TopKSae.MultiArchitecture.Id,
        GroupMaxSae.Architecture.Id,
        TopKSae.TranscoderArchitecture.Id,
        TopKSae.SkipTranscoderArchitecture.Id,
    ];

    private static bool IsMultiTopK(SaeConfig config) => config.Architecture == TopKSae.MultiArchitecture.Id;

    /// <summary>The architecture that a combination of settings stands for; null for none.</summary>
    private static string? ArchitectureOf(bool isGroupMax, bool isMulti, SaeArchitecture like) =>
        ArchitectureOf(isGroupMax, isMulti, like.HasTarget, like.HasSkip);

    private static string? ArchitectureOf(bool isGroupMax, bool isMulti, bool hasTarget, bool hasSkip) =>
        (isGroupMax, isMulti, hasTarget, hasSkip) switch
        {
            (true, _, false, false) => GroupMaxSae.Architecture.Id,
            (false, false, false, false) => TopKSae.Architecture.Id,
            (false, true, false, false) => TopKSae.MultiArchitecture.Id,
            (false, _, true, false) => TopKSae.TranscoderArchitecture.Id,
            (false, _, true, true) => TopKSae.SkipTranscoderArchitecture.Id,
            _ => null,
        };

    private SaeConfig ToConfig()
    {
        string? architecture = this.Activation is "topk" or GroupMax && !this.IsSigned
            ? ArchitectureOf(this.Activation == GroupMax, this.IsMulti, this.HasTarget, this.HasSkip)
            : null;
        SaeConfig config = new()
        {
            Architecture = architecture ?? throw new JsonException(
                $"activation {this.Activation}, multi_topk {this.IsMulti}, transcode {this.HasTarget}, skip_connection "
                + $"{this.HasSkip} and signed {this.IsSigned} are not supported together; known are "
                + $"{string.Join(", ", Known)}."),
            DIn = this.DIn,
            TargetWidth = this.HasTarget ? this.DIn : null,
            DSae = this.Latents > 0 ? this.Latents : checked(this.DIn * this.ExpansionFactor),
            K = this.K,
        };
        config.Validate();
        return config;
    }
}
