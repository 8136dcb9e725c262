using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>Computes the panels from all activations and puts the parts of a report together.</summary>
internal sealed class ReportBuilder
{
    private const int ShardSize = 16;
    private const int MostSummary = 6;

    // Exact nearest neighbours of more directions than this take minutes.
    private const int MostMapped = 16384;
    private readonly ReportInput input;
    private readonly ReportOptions options;
    private readonly LatentEntries entries;
    private readonly IReadOnlyList<FeatureRow> rows;
    private readonly PieceTable pieces = new();
    private readonly int[] detailed;
    private readonly int[] pieceOfRow;
    private readonly DocumentCut cut;
    private readonly UnitDirections directions;
    private readonly FeaturePanels panels;

    public ReportBuilder(
        ReportInput input,
        ReportOptions options,
        LatentEntries entries,
        InputCorrelations? inputs,
        IReadOnlyList<FeatureRow> rows)
    {
        this.input = input;
        this.options = options;
        this.entries = entries;
        this.rows = rows;
        this.detailed = options.Features.Choose([.. rows.Select(row => row.ExpectedValue)]);
        this.pieceOfRow = [.. Enumerable.Range(0, entries.Rows).Select(row => this.pieces.PlaceOf(input.Rows.Of(row)))];
        this.cut = new DocumentCut(
            entries.Rows, input.Rows.Kind, Read(input.Data.ReadDocumentIds), Read(input.Data.ReadPositions));
        this.directions = UnitDirections.From(input.Sae.Parameters.WDec);
        float[] maxima = [.. rows.Select(row => (float)row.Max)];
        ProxyPanel proxies = new(
            entries,
            input.Rows.PieceOfToken,
            input.RowLabels is { } labels ? new LabelSplits(entries, labels) : null,
            this.detailed,
            maxima);
        this.panels = new FeaturePanels(input, options, entries, inputs, this.cut, this.pieceOfRow, this.directions)
        {
            PieceCount = this.pieces.Pieces.Count,
            Proxies = proxies,
        };
    }

    public FeatureReport Build()
    {
        int latents = this.rows.Count;
        FeatureDetail[] details = new FeatureDetail[this.detailed.Length];
        _ = Parallel.For(
            0,
            this.detailed.Length,
            () => new double[latents],
            (i, _, scratch) =>
            {
                details[i] = this.panels.Of(this.detailed[i], scratch);
                return scratch;
            },
            _ => { });
        DocumentDetail[] documents = Documents();
        List<ReportPart> parts = [];
        parts.AddRange(details.Chunk(ShardSize)
            .Select((shard, i) => new ReportPart($"features-{i}", ReportJson.Write(shard))));
        parts.AddRange(documents.Select((document, i) => new ReportPart($"document-{i}", ReportJson.Write(document))));
        if (this.input.Pictures is { } pictures)
        {
            parts.Add(new ReportPart("images", ReportJson.Write(PicturesShown(pictures, details, documents))));
        }

        return new FeatureReport(Index(documents), parts);
    }

    private ReportIndex Index(DocumentDetail[] documents) => new()
    {
        Title = this.input.Title,
        Rows = this.input.Rows.Kind,
        About = [.. this.input.About.Select(one => (IReadOnlyList<string>)[one.Name, one.Value])],
        Figures = this.input.Figures,
        Features = this.rows.Count,
        Vectors = this.entries.Rows,
        Pieces = this.pieces.Pieces,
        Labels = this.input.Labels,
        Columns = FeatureColumns.Of(this.rows),
        Flags = [.. this.rows.Select(FeatureColumns.FlagsOf)],
        Summary = [.. Enumerable.Range(0, this.rows.Count).Select(SummaryOf)],
        Detailed = this.detailed,
        ShardSize = ShardSize,
        Density = DensityViews.Of(this.rows),
        Silent = [.. this.rows.Where(row => row.ActiveTokens == 0).Select(row => row.Latent)],
        Dense = [.. this.rows.Where(row => row.Density > 0.01)
            .OrderByDescending(row => row.Density).ThenBy(row => row.Latent).Select(row => row.Latent)],
        Curves = this.input.Curves,
        Maps = Maps(),
        Sweep = this.input.Sweep,
        Documents = [.. documents.Select(TitleOf)],
        Images = this.input.Pictures?.Shape,
    };

    /// <summary>The first different pieces among the strongest activations: what a list shows of a feature.</summary>
    private IReadOnlyList<int> SummaryOf(int latent) =>
        [.. this.panels.StrongestOf(latent)
            .Select(example => this.pieceOfRow[example.Row]).Distinct().Take(MostSummary)];

    private List<DictionaryMap> Maps()
    {
        if (this.directions.Count < 3)
        {
            return [];
        }

        (double[] x, double[] y) = PrincipalPlane.Of(this.directions);
        List<DictionaryMap> maps = [new DictionaryMap("principal", "Principal components", x, y)];
        if (this.directions.Count <= MostMapped)
        {
            (double[] nearX, double[] nearY) = NeighbourEmbedding.Of(NeighbourGraph.Of(this.directions), x, y);
            maps.Add(new DictionaryMap("neighbours", "Neighbours", nearX, nearY));
        }

        return maps;
    }

    private DocumentDetail[] Documents() =>
        [.. this.cut.Spans.Take(this.options.Documents).AsParallel().AsOrdered().Select(this.panels.DocumentOf)];

    private DocumentEntry TitleOf(DocumentDetail document)
    {
        string title = this.cut.HasContext
            ? string.Concat(document.Tokens.Take(7).Select(piece => this.pieces.Pieces[piece])).Trim()
            : $"{document.FirstRow} – {document.FirstRow + document.Tokens.Count - 1}";
        return new DocumentEntry(document.Id, title, document.Tokens.Count);
    }

    private static Dictionary<string, string> PicturesShown(
        PictureSet pictures, FeatureDetail[] details, DocumentDetail[] documents) =>
        details.SelectMany(detail => detail.Top
                .Concat(detail.Intervals.SelectMany(interval => interval.Examples))
                .Concat(detail.Deciles.SelectMany(decile => decile.Examples)))
            .Select(example => example.Row)
            .Concat(documents.SelectMany(document => Enumerable.Range(0, document.Tokens.Count)
                .Select(i => document.FirstRow + i)))
            .Distinct()
            .Order()
            .ToDictionary(
                row => row.ToString(System.Globalization.CultureInfo.InvariantCulture),
                row => Convert.ToBase64String(pictures.PixelsOf(row)));

    private long[]? Read(Action<long, Span<long>>? read)
    {
        if (read is null)
        {
            return null;
        }

        long[] numbers = new long[this.entries.Rows];
        read(0, numbers);
        return numbers;
    }
}
