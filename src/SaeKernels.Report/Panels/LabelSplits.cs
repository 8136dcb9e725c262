using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>Activations split by a label of each vector.</summary>
internal sealed class LabelSplits
{
    // One colour of the page is for all other vectors.
    private const int MostLabels = 5;
    private const string Others = "other";
    private readonly LatentEntries entries;
    private readonly string[] names;
    private readonly int[] labelOfRow;
    private readonly LabelledActivations figures;

    /// <param name="entries">All activations.</param>
    /// <param name="labels">The label of each vector; null or empty for none.</param>
    public LabelSplits(LatentEntries entries, IReadOnlyList<string?> labels)
    {
        this.entries = entries;
        this.names =
        [
            .. labels.Where(label => !string.IsNullOrEmpty(label)).GroupBy(label => label!)
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
                .Take(MostLabels).Select(group => group.Key),
        ];
        this.labelOfRow = [.. labels.Select(label => Array.IndexOf(this.names, label))];
        this.figures = new LabelledActivations(
            entries.Latents, Math.Max(1, this.names.Length), row => this.labelOfRow[row]);
        this.figures.Add(entries.AsBatch());
    }

    public ProxySplit Of(int latent, float max)
    {
        int classes = this.names.Length + 1;
        long[][] counts = [.. Enumerable.Range(0, ProxyPanel.Levels).Select(_ => new long[classes])];
        double[][] mass = [.. Enumerable.Range(0, ProxyPanel.Levels).Select(_ => new double[classes])];
        ReadOnlySpan<int> rows = this.entries.RowsOf(latent);
        ReadOnlySpan<float> values = this.entries.ValuesOf(latent);
        for (int i = 0; i < rows.Length; i++)
        {
            int level = Math.Min(ProxyPanel.Levels - 1, (int)((double)values[i] * ProxyPanel.Levels / max));
            int label = this.labelOfRow[rows[i]] < 0 ? classes - 1 : this.labelOfRow[rows[i]];
            counts[level][label]++;
            mass[level][label] += values[i];
        }

        LabelFigures[] answers = [.. Enumerable.Range(0, this.names.Length).Select(label => FiguresOf(latent, label))];
        // The label it tells best from all others is the one to look at first.
        int favoured = Enumerable.Range(0, answers.Length).DefaultIfEmpty(classes - 1)
            .MaxBy(label => label < answers.Length && answers[label].Auroc is double area and >= 0 ? area : -1);
        return new ProxySplit
        {
            Name = "labels",
            Title = "Labels",
            Classes = [.. this.names, Others],
            Edges = [],
            Favoured = favoured,
            Correlation = Correlation(rows, values, favoured),
            Share = favoured < answers.Length ? (double)this.figures.TokensOf(favoured) / this.labelOfRow.Length : 1,
            LevelHigh = max,
            Counts = counts,
            Mass = mass,
            Specificity = [.. Enumerable.Range(0, ProxyPanel.Levels).Select(level =>
                counts[level..].Sum(row => row[favoured]) / (double)counts[level..].Sum(row => row.Sum()))],
            Labels = answers,
        };
    }

    private LabelFigures FiguresOf(int latent, int label) => new(
        this.figures.Density(latent, label),
        this.figures.Mean(latent, label),
        this.figures.MassShare(latent, label),
        this.figures.Auroc(latent, label));

    /// <summary>Pearson's correlation of activation and label over all vectors, silent ones included.</summary>
    private double Correlation(ReadOnlySpan<int> rows, ReadOnlySpan<float> values, int label)
    {
        double n = this.labelOfRow.Length;
        double with = this.labelOfRow.Count(one => one == label);
        double sum = 0;
        double squares = 0;
        double product = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            sum += values[i];
            squares += (double)values[i] * values[i];
            product += this.labelOfRow[rows[i]] == label ? values[i] : 0;
        }

        return PearsonCorrelation.Of(n, sum, squares, with, with, product);
    }
}
