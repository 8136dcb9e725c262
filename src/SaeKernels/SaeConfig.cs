using System.Text.Json.Serialization;

namespace SaeKernels;

/// <summary>What a sparse autoencoder is: its architecture and its sizes. Nothing about how it was trained.</summary>
/// <remarks>As JSON (System.Text.Json): <c>{"architecture":"topk","d_in":768,"d_sae":16384,"k":32}</c>.</remarks>
public sealed record SaeConfig
{
    /// <summary>The id of the architecture; one of <see cref="SaeArchitectures.All"/>.</summary>
    [JsonPropertyName("architecture")]
    public required string Architecture { get; init; }

    /// <summary>The width of the activations; at least 1.</summary>
    [JsonPropertyName("d_in")]
    public required int DIn { get; init; }

    /// <summary>The number of latents; at least 1.</summary>
    [JsonPropertyName("d_sae")]
    public required int DSae { get; init; }

    /// <summary>The latents kept for each vector, 1 to <see cref="DSae"/>; 0 where the architecture has no K.</summary>
    [JsonPropertyName("k")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int K { get; init; }

    /// <summary>Throws unless the architecture is known and every number is in its range.</summary>
    /// <exception cref="ArgumentException">
    /// Something is not; the message names it, its range and what was found.
    /// </exception>
    public void Validate()
    {
        SaeArchitecture architecture = SaeArchitectures.Get(this.Architecture);
        RequireAtLeastOne(nameof(this.DIn), this.DIn);
        RequireAtLeastOne(nameof(this.DSae), this.DSae);
        RequireK(architecture);
        architecture.Validate?.Invoke(this);
    }

    private void RequireK(SaeArchitecture architecture)
    {
        if (!architecture.HasK && this.K != 0)
        {
            throw new ArgumentException(
                $"SaeConfig: K must be 0 for {architecture.Id}, since the data decides how many latents are active, "
                + $"but is {this.K}. Leave K out.");
        }

        if (architecture.HasK && (this.K < 1 || this.K > this.DSae))
        {
            string remedy = this.K < 1 ? "Raise K." : "Lower K or raise DSae.";
            throw new ArgumentException(
                $"SaeConfig: K must be between 1 and DSae = {this.DSae}, but is {this.K}. {remedy}");
        }
    }

    private static void RequireAtLeastOne(string member, int value)
    {
        if (value < 1)
        {
            throw new ArgumentException($"SaeConfig: {member} must be at least 1, but is {value}. Raise {member}.");
        }
    }
}
