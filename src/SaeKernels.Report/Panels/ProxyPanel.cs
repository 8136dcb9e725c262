using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>Activations split by the kinds of text that their tokens speak for, and by labels of the user.</summary>
internal sealed class ProxyPanel
{
    public const int Levels = 50;

    // Below 0 a token speaks against the kind of text; the page has six colours, three on either side.
    private static readonly double[] Edges = [-15, -5, 0, 5, 10];
    private static readonly string[] Classes =
        ["below −15", "−15 to −5", "−5 to 0", "0 to 5", "5 to 10", "10 and above"];

    private readonly (string Title, ConditionalActivations Activations)[] contexts;
    private readonly IReadOnlyList<float> maxima;
    private readonly LabelSplits? labels;

    /// <param name="entries">All activations, with their tokens.</param>
    /// <param name="pieceOf">The text of a token; null where tokens have none.</param>
    /// <param name="labels">The split by labels; null where there are none.</param>
    /// <param name="features">The features that have panels.</param>
    /// <param name="maxima">The largest activation of every feature.</param>
    public ProxyPanel(
        LatentEntries entries,
        Func<long, string>? pieceOf,
        LabelSplits? labels,
        IReadOnlyList<int> features,
        IReadOnlyList<float> maxima)
    {
        this.labels = labels;
        this.maxima = maxima;
        float[] chosen = [.. features.Select(feature => maxima[feature])];
        long[] tokens = entries.AsBatch().TokenIds.ToArray();
        this.contexts = pieceOf is null || tokens.Length == 0
            ? []
            : [.. BuiltInContexts.Of(tokens, pieceOf).AsParallel().AsOrdered().Select(one =>
            {
                ConditionalActivations activations = new(one.Context, features, chosen, Levels, Edges);
                activations.Add(entries.AsBatch());
                return (one.Title, activations);
            })];
    }

    /// <summary>
    /// The splits that say something: those of a kind of text that one of its tokens speaks for, and labels.
    /// </summary>
    public IReadOnlyList<ProxySplit> Of(int latent) => this.maxima[latent] > 0
        ?
        [
            .. this.contexts.Where(one => one.Activations.Specificity(latent, 0) > 0)
                .Select(one => SplitOf(one.Title, one.Activations, latent)),
            .. this.labels is null ? [] : (ProxySplit[])[this.labels.Of(latent, this.maxima[latent])],
        ]
        : [];

    private ProxySplit SplitOf(string title, ConditionalActivations activations, int latent)
    {
        int[] levels = [.. Enumerable.Range(0, Levels)];
        int[] classes = [.. Enumerable.Range(0, Classes.Length)];
        return new ProxySplit
        {
            Name = activations.Name,
            Title = title,
            Classes = Classes,
            Edges = Edges,
            Favoured = null,
            Correlation = activations.Correlation(latent),
            Share = activations.LabelShare,
            LevelHigh = this.maxima[latent],
            Counts = [.. levels.Select(level => classes.Select(i => activations.Count(latent, level, i)).ToArray())],
            Mass = [.. levels.Select(level =>
                classes.Select(i => activations.ExpectedValue(latent, level, i)).ToArray())],
            Specificity = [.. levels.Select(level => activations.Specificity(latent, level))],
            Labels = [],
        };
    }
}
