using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>Computes all panels of one feature, and the texts. Used by several threads at once.</summary>
internal sealed class FeaturePanels
{
    private const int MostInputs = 10;
    private readonly ReportInput input;
    private readonly LatentEntries entries;
    private readonly InputCorrelations? inputs;
    private readonly DocumentCut cut;
    private readonly int[] pieceOfRow;
    private readonly float[] decoder;
    private readonly TopExample[][] strongest;
    private readonly int[][] rankOfEntry;
    private readonly ExamplePanels examples;
    private readonly CoactivationPanel coactivation;
    private readonly DecoderPanels directions;
    private readonly SequencePanels sequences;
    private readonly Lazy<TokenPanel> tokens;

    public FeaturePanels(
        ReportInput input,
        ReportOptions options,
        LatentEntries entries,
        InputCorrelations? inputs,
        DocumentCut cut,
        int[] pieceOfRow,
        UnitDirections directions)
    {
        this.input = input;
        this.entries = entries;
        this.inputs = inputs;
        this.cut = cut;
        this.pieceOfRow = pieceOfRow;
        this.decoder = new float[(long)entries.Latents * input.Sae.Config.DOut];
        input.Sae.Parameters.WDec.Buffer.Download(this.decoder);
        this.strongest = new TopExample[entries.Latents][];
        this.rankOfEntry = new int[entries.Latents][];
        _ = Parallel.For(0, entries.Latents, Order);
        float[] maxima = [.. this.strongest.Select(sorted => sorted.Length == 0 ? 0 : sorted[0].Activation)];
        this.examples = new ExamplePanels(entries, cut, pieceOfRow, maxima, options);
        this.coactivation = new CoactivationPanel(entries);
        this.directions = new DecoderPanels(directions, this.decoder, input.Sae.Config.DOut);
        this.sequences = new SequencePanels(cut, entries.Rows);
        this.tokens = new Lazy<TokenPanel>(() => new TokenPanel(pieceOfRow, this.PieceCount));
    }

    public required int PieceCount { get; init; }

    public required ProxyPanel Proxies { get; init; }

    /// <summary>A latent's activations, the strongest first; of equal ones the lowest row.</summary>
    public IReadOnlyList<TopExample> StrongestOf(int latent) => this.strongest[latent];

    public FeatureDetail Of(int latent, double[] scratch)
    {
        TopExample[] sorted = this.strongest[latent];
        ReadOnlySpan<int> rows = this.entries.RowsOf(latent);
        ReadOnlySpan<float> values = this.entries.ValuesOf(latent);
        float[] ascending = [.. sorted.Reverse().Select(example => example.Activation)];
        IReadOnlyList<Neighbour> alike = this.directions.NeighboursOf(latent);
        IReadOnlyList<Neighbour> together = this.coactivation.Of(latent, scratch);
        bool isActive = sorted.Length > 0;
        return new FeatureDetail
        {
            Feature = latent,
            Active = sorted.Length,
            Histogram = ActivationPanels.Linear(values),
            LogHistogram = ActivationPanels.Logarithmic(values),
            Cdf = ActivationPanels.Cumulative(ascending, this.entries.Rows),
            Top = this.examples.InContext(latent, this.examples.ChooseTop(sorted)),
            Intervals = isActive ? this.examples.IntervalsOf(latent) : [],
            Deciles = isActive ? this.examples.DecilesOf(latent, sorted) : [],
            Tokens = this.cut.HasContext ? this.tokens.Value.Of(rows, values) : [],
            Proxies = this.Proxies.Of(latent),
            DecoderNeighbours = alike,
            Coactive = together,
            Pair = together.Count > 0 ? this.coactivation.Pair(latent, together[0].Feature) : null,
            Decoder = this.directions.WeightsOf(latent),
            Inputs = this.inputs?.Of(latent, MostInputs) ?? new DimensionValues([], []),
            Logits = this.input.Output?.Of(
                this.decoder.AsSpan(latent * this.input.Sae.Config.DOut, this.input.Sae.Config.DOut)),
            RunLengths = this.sequences.RunsOf(rows),
            Positions = this.sequences.PositionsOf(rows),
        };
    }

    public DocumentDetail DocumentOf(DocumentSpan span)
    {
        int[] rows = [.. Enumerable.Range(span.First, span.Length)];
        return new DocumentDetail
        {
            Id = span.Id,
            FirstRow = span.First,
            Tokens = [.. rows.Select(row => this.pieceOfRow[row])],
            Features = [.. rows.Select(row => this.entries.LatentsAt(row).ToArray())],
            Values = [.. rows.Select(row => this.entries.ValuesAt(row).ToArray())],
            Ranks = [.. rows.Select(RanksAt)],
        };
    }

    private int[] RanksAt(int row)
    {
        int[] latents = this.entries.LatentsAt(row).ToArray();
        return [.. latents.Select(latent => this.rankOfEntry[latent][this.entries.RowsOf(latent).BinarySearch(row)])];
    }

    private void Order(int latent)
    {
        ReadOnlySpan<int> rows = this.entries.RowsOf(latent);
        float[] keys = new float[rows.Length];
        int[] places = new int[rows.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = -this.entries.ValuesOf(latent)[i];
            places[i] = i;
        }

        // Array.Sort is not stable: rows decide between equal activations.
        places.AsSpan().Sort((a, b) => keys[a] != keys[b] ? keys[a].CompareTo(keys[b]) : a.CompareTo(b));
        TopExample[] sorted = new TopExample[places.Length];
        int[] ranks = new int[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            sorted[i] = new TopExample(rows[places[i]], -keys[places[i]]);
            bool isTie = i > 0 && keys[places[i]] == keys[places[i - 1]];
            ranks[places[i]] = isTie ? ranks[places[i - 1]] : i + 1;
        }

        this.strongest[latent] = sorted;
        this.rankOfEntry[latent] = ranks;
    }
}
