using SaeKernels.Metrics;

namespace SaeKernels.Cli;

/// <summary>One context or label, and what was found about it.</summary>
/// <param name="Kind"><c>context</c> or <c>label</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Found">What was found.</param>
/// <param name="Label">Its number in there.</param>
/// <param name="Distributions">Begins the distributions of some latents with these maxima.</param>
internal sealed record LabelGroup(
    string Kind,
    string Name,
    LabelledActivations Found,
    int Label,
    Func<IReadOnlyList<int>, IReadOnlyList<float>, int, ConditionalActivations> Distributions)
{
    /// <summary>The share of all tokens.</summary>
    public double Share => this.Found.TokensOf(this.Label) / (double)this.Found.Tokens;

    /// <summary>The latents that correlate most, the strongest first, the lowest of equals before others.</summary>
    public int[] Strongest(int count) =>
    [
        .. Enumerable.Range(0, this.Found.Latents)
            .Select(latent => (Latent: latent, Correlation: this.Found.Correlation(latent, this.Label)))
            .Where(pair => !double.IsNaN(pair.Correlation))
            .OrderByDescending(pair => pair.Correlation).ThenBy(pair => pair.Latent)
            .Take(count).Select(pair => pair.Latent),
    ];
}
