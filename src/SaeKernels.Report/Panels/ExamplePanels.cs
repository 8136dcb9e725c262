using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>Examples of a feature: the strongest, some of every value interval, some of every rank decile.</summary>
internal sealed class ExamplePanels
{
    public const int Intervals = 11;
    private const int MostTop = 20;
    private readonly LatentEntries entries;
    private readonly DocumentCut cut;
    private readonly IReadOnlyList<int> pieces;
    private readonly ValueIntervals intervals;
    private readonly ReportOptions options;

    public ExamplePanels(
        LatentEntries entries,
        DocumentCut cut,
        IReadOnlyList<int> pieces,
        IReadOnlyList<float> maxima,
        ReportOptions options)
    {
        this.entries = entries;
        this.cut = cut;
        this.pieces = pieces;
        this.options = options;
        this.intervals = new ValueIntervals(maxima, Intervals, options.Examples, options.Seed);
        this.intervals.Add(entries.AsBatch());
    }

    /// <summary>The strongest vectors, each at least a window away from those before it.</summary>
    /// <param name="strongest">The latent's activations, the strongest first; of equal ones the lowest row.</param>
    public IReadOnlyList<TopExample> ChooseTop(IReadOnlyList<TopExample> strongest)
    {
        List<TopExample> chosen = [];
        for (int i = 0; i < strongest.Count && chosen.Count < MostTop; i++)
        {
            (int first, int end) = this.cut.WindowAround((int)strongest[i].Row, this.options.Context);
            if (chosen.TrueForAll(other => other.Row < first || other.Row >= end))
            {
                chosen.Add(strongest[i]);
            }
        }

        return chosen;
    }

    public IReadOnlyList<ExampleGroup> IntervalsOf(int latent)
    {
        List<ExampleGroup> groups = [];
        for (int interval = Intervals - 1; interval >= 0; interval--)
        {
            (double low, double high) = this.intervals.EdgesOf(latent, interval);
            IEnumerable<TopExample> examples = this.intervals.Of(latent, interval)
                .OrderByDescending(example => example.Activation)
                .ThenBy(example => example.Row);
            groups.Add(new ExampleGroup(
                low, high, this.intervals.CountOf(latent, interval), InContext(latent, examples)));
        }

        return groups;
    }

    /// <summary>Ten slices of the ranks, and some examples of each at even distances.</summary>
    public IReadOnlyList<ExampleGroup> DecilesOf(int latent, IReadOnlyList<TopExample> strongest) =>
    [
        .. RankDeciles.Of([.. strongest]).Where(slice => slice.Count > 0).Select(slice =>
        {
            int shown = Math.Min((this.options.Examples + 1) / 2, slice.Count);
            IEnumerable<TopExample> examples = Enumerable.Range(0, shown)
                .Select(i => slice[(int)(((2L * i) + 1) * slice.Count / (2L * shown))]);
            return new ExampleGroup(
                slice[^1].Activation, slice[0].Activation, slice.Count, InContext(latent, examples));
        }),
    ];

    /// <summary>Adds the tokens around each example and the latent's activations on them.</summary>
    public IReadOnlyList<ContextExample> InContext(int latent, IEnumerable<TopExample> examples) =>
        [.. examples.Select(example => InContext(latent, (int)example.Row))];

    private ContextExample InContext(int latent, int row)
    {
        (int first, int end) = this.cut.WindowAround(row, this.options.Context);
        int[] tokens = new int[end - first];
        float[] values = new float[end - first];
        for (int i = 0; i < tokens.Length; i++)
        {
            tokens[i] = this.pieces[first + i];
            values[i] = this.entries.ValueAt(latent, first + i);
        }

        int document = this.cut.PlaceOf(row);
        return new ContextExample(
            row,
            row - first,
            tokens,
            values,
            document < this.options.Documents ? document : -1,
            this.cut.PositionOf(row));
    }
}
