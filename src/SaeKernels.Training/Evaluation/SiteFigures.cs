using System.Text.Json.Serialization;
using SaeKernels.Metrics;

namespace SaeKernels.Training;

/// <summary>The figures of one site of a crosscoder.</summary>
public sealed record SiteFigures
{
    /// <summary>The width of the site's vectors.</summary>
    [JsonPropertyName("width")]
    public required int Width { get; init; }

    /// <summary>The mean of ‖x − x̂‖² of the site.</summary>
    [JsonPropertyName("mse")]
    public required double Mse { get; init; }

    /// <summary>Σ‖x − x̂‖² / Σ‖x − x̄‖² of the site; lower is better.</summary>
    [JsonPropertyName("fvu")]
    public required double Fvu { get; init; }

    /// <summary>The mean cosine of x and x̂ of the site.</summary>
    [JsonPropertyName("cosine")]
    public required double Cosine { get; init; }

    /// <summary>The mean over latents of the site's share; see <see cref="SiteShares"/>.</summary>
    [JsonPropertyName("mean_decoder_share")]
    public required double MeanDecoderShare { get; init; }

    /// <summary>Puts the figures of every site together.</summary>
    internal static IReadOnlyList<SiteFigures> Of(
        IReadOnlyList<ReconstructionFigures> sites, SiteShares shares, Sae sae) =>
    [
        .. sites.Select((figures, site) => new SiteFigures
        {
            Width = sae.Config.Sites![site],
            Mse = figures.Mse,
            Fvu = figures.Fvu,
            Cosine = figures.Cosine,
            MeanDecoderShare = shares.Mean(site),
        }),
    ];
}
