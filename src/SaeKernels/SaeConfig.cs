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

    /// <summary>
    /// The width of what is reconstructed where that is not the activations themselves, at least 1; null elsewhere.
    /// </summary>
    [JsonPropertyName("d_out")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TargetWidth { get; init; }

    /// <summary>
    /// The widths of the sites whose activations lie side by side in a vector, at least two, <see cref="DIn"/> in all;
    /// null where there is one site.
    /// </summary>
    [JsonPropertyName("sites")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<int>? Sites { get; init; }

    /// <summary>The width of what is reconstructed.</summary>
    [JsonIgnore]
    public int DOut => this.TargetWidth ?? this.DIn;

    /// <summary>The number of latents; at least 1.</summary>
    [JsonPropertyName("d_sae")]
    public required int DSae { get; init; }

    /// <summary>The latents kept for each vector, 1 to <see cref="DSae"/>; 0 where the architecture has no K.</summary>
    [JsonPropertyName("k")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int K { get; init; }

    /// <summary>
    /// Whether every vector is brought to mean 0 and deviation 1 before it is encoded, each site for itself, and its
    /// reconstruction brought back (<see cref="Numerics.LayerNorm"/>); only where a model reconstructs what it reads.
    /// </summary>
    [JsonPropertyName("layer_norm")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool HasLayerNorm { get; init; }

    /// <summary>The width of each site; one of them, <see cref="DIn"/>, but for crosscoders.</summary>
    [JsonIgnore]
    public IReadOnlyList<int> SiteWidths => this.Sites ?? [this.DIn];

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
        RequireTarget(architecture);
        RequireSites(architecture);
        RequireLayerNorm(architecture);
        architecture.Validate?.Invoke(this);
    }

    /// <summary>Whether all members are equal, the sites one by one.</summary>
    /// <param name="other">The other configuration.</param>
    public bool Equals(SaeConfig? other) =>
        other is not null
        && (this.Architecture, this.DIn, this.TargetWidth, this.DSae, this.K, this.HasLayerNorm)
            == (other.Architecture, other.DIn, other.TargetWidth, other.DSae, other.K, other.HasLayerNorm)
        && (this.Sites ?? []).SequenceEqual(other.Sites ?? []);

    /// <inheritdoc/>
    public override int GetHashCode() =>
        HashCode.Combine(
            this.Architecture, this.DIn, this.TargetWidth, this.DSae, this.K, this.Sites?.Count, this.HasLayerNorm);

    private void RequireTarget(SaeArchitecture architecture)
    {
        if (architecture.HasTarget != this.TargetWidth is not null)
        {
            throw new ArgumentException(architecture.HasTarget
                ? $"SaeConfig: TargetWidth must be given for {architecture.Id}, which reconstructs another site than "
                    + "it reads, but is missing. Set it."
                : $"SaeConfig: TargetWidth must be left out for {architecture.Id}, which reconstructs what it reads, "
                    + $"but is {this.TargetWidth}. Leave it out.");
        }

        RequireAtLeastOne(nameof(this.TargetWidth), this.TargetWidth ?? 1);
    }

    private void RequireSites(SaeArchitecture architecture)
    {
        string found = this.Sites is null ? "missing" : string.Join(" + ", this.Sites);
        if (!architecture.HasSites && this.Sites is not null)
        {
            throw new ArgumentException(
                $"SaeConfig: Sites must be left out for {architecture.Id}, which reads one site, but are {found}. "
                + "Leave them out.");
        }

        if (architecture.HasSites
            && (this.Sites is not { Count: > 1 }
                || this.Sites.Min() < 1
                || this.Sites.Sum(width => (long)width) != this.DIn))
        {
            throw new ArgumentException(
                $"SaeConfig: Sites must be at least two widths above 0 with the sum DIn = {this.DIn} for "
                + $"{architecture.Id}, but are {found}. Give the width of every site.");
        }
    }

    private void RequireLayerNorm(SaeArchitecture architecture)
    {
        if (!this.HasLayerNorm)
        {
            return;
        }

        if (architecture.HasTarget)
        {
            throw new ArgumentException(
                $"SaeConfig: HasLayerNorm must be false for {architecture.Id}, which cannot know the mean and "
                + "deviation of a vector that it does not read, but is true. Leave it out.");
        }

        if (this.SiteWidths.Min() < 2)
        {
            throw new ArgumentException(
                "SaeConfig: every width must be at least 2 with HasLayerNorm, as one element has no deviation, but one "
                + $"is {this.SiteWidths.Min()}. Leave HasLayerNorm out.");
        }
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
