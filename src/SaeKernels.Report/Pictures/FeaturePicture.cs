namespace SaeKernels.Report;

/// <summary>The view of a feature as a picture.</summary>
internal sealed class FeaturePicture
{
    private const double Width = 1200;
    private const double Margin = 28;
    private const double LeftWidth = 700;
    private const double RightColumn = 764;
    private const double RightWidth = Width - Margin - RightColumn;
    private const double Top = 128;
    private const double ChartHeight = 210;
    private const double WeightsHeight = 170;
    private const int MostNeighbours = 6;
    private const int MostTokens = 8;
    private const int ExamplesInLine = 5;

    // A split by what has nothing to do with the feature would be an empty picture.
    private const double LeastCorrelation = 0.1;
    private readonly ReportIndex index;
    private readonly FeatureDetail detail;
    private readonly ExampleLines examples;
    private readonly Drawing drawing = new(Width);

    /// <param name="index">The report.</param>
    /// <param name="detail">The feature's panels.</param>
    /// <param name="pixelsOf">The pixels of a vector's picture; null where vectors are no pictures.</param>
    public FeaturePicture(ReportIndex index, FeatureDetail detail, Func<long, byte[]>? pixelsOf)
    {
        this.index = index;
        this.detail = detail;
        float max = detail.Intervals.Count > 0 ? (float)detail.Intervals[0].High : 1;
        this.examples = new ExampleLines(this.drawing, index, max, pixelsOf);
    }

    public Drawing Draw()
    {
        Header();
        double left = Examples(Top);
        double right = Side(Top);
        double y = Math.Max(left, right) + 20;
        ProxySplit? proxy = this.detail.Proxies.Where(one => one.Correlation >= LeastCorrelation)
            .MaxBy(one => one.Correlation);
        y = proxy is null ? y : Proxy(proxy, y);

        this.drawing.Height = y;
        return this.drawing;
    }

    private void Header()
    {
        int feature = this.detail.Feature;
        double Value(string name) => this.index.Columns.First(column => column.Name == name).Values[feature];
        double id = this.drawing.Text(Margin, 46, $"#{feature}", 26, Palette.Soft);
        this.drawing.Text(Margin + id + 14, 46, WordsOf(feature), 26);
        (string, string)[] figures =
        [
            ("Active on", NumberText.Percent(Value("density"))), ("Vectors", NumberText.Short(Value("active_tokens"))),
            ("Maximum", NumberText.Short(Value("max"))), ("Mean", NumberText.Short(Value("mean"))),
            ("Median", NumberText.Short(Value("q50"))), ("99 %", NumberText.Short(Value("q99"))),
            ("Skewness", NumberText.Short(Value("skew_active"))),
            ("Nearest cosine", NumberText.Short(Value("nearest_cosine"))),
        ];
        double x = Margin;
        foreach ((string title, string value) in figures)
        {
            double width = this.drawing.Text(x, 78, title, 12, Palette.Soft);
            x += 28 + Math.Max(width, this.drawing.Text(x, 99, value, 17));
        }
    }

    private double Examples(double y)
    {
        this.drawing.Text(Margin, y + 14, "Strongest examples", 15);
        y = this.examples.Write(this.detail.Top.Take(12), Margin, y + 24, LeftWidth);
        this.drawing.Text(Margin, y + 34, "Examples of every strength", 15);
        y += 44;
        int shown = this.index.Rows == RowKind.Tokens ? 1 : ExamplesInLine;
        foreach (ExampleGroup group in this.detail.Intervals.Where(group => group.Examples.Count > 0))
        {
            y = this.examples.Write(group.Examples.Take(shown), Margin, y, LeftWidth);
        }

        new Plot(this.drawing, Margin, y + 20, LeftWidth, WeightsHeight, "Decoder weights").Spikes(this.detail.Decoder);
        return y + 20 + WeightsHeight;
    }

    private double Side(double y)
    {
        new Plot(this.drawing, RightColumn, y, RightWidth, ChartHeight, "Activations")
            .Bars(this.detail.Histogram, "activation");
        y += ChartHeight + 16;
        y = this.detail.Tokens.Count > 0 ? Tokens(y) : y;
        this.drawing.Text(RightColumn, y + 14, "Alike in direction (cosine of decoder rows)", 15);
        y += 40;
        foreach (Neighbour neighbour in this.detail.DecoderNeighbours.Take(MostNeighbours))
        {
            string words = $"#{neighbour.Feature}  {WordsOf(neighbour.Feature)}";
            Row(y, PictureFont.Fit(words, 13, RightWidth - 120), neighbour.Value, NumberText.Short(neighbour.Value));
            y += 22;
        }

        return y;
    }

    private double Tokens(double y)
    {
        this.drawing.Text(RightColumn, y + 14, "Tokens (share of all such tokens)", 15);
        y += 40;
        foreach (PieceCount piece in this.detail.Tokens.Take(MostTokens))
        {
            double share = (double)piece.Active / piece.Total;
            Row(y, $"“{VisibleText.Of(this.index.Pieces[piece.Token], 24)}”", share, NumberText.Percent(share));
            y += 22;
        }

        return y + 10;
    }

    private void Row(double y, string name, double share, string value)
    {
        this.drawing.Text(RightColumn, y, name, 13);
        this.drawing.Box(RightColumn + RightWidth - 110, y - 9, 60, 9, Palette.Grid);
        this.drawing.Box(
            RightColumn + RightWidth - 110, y - 9, Math.Max(0.01, 60 * Math.Min(1, Math.Abs(share))), 9,
            share < 0 ? Palette.Negative : Palette.Series[0], NumberText.Exact(share));
        this.drawing.Text(RightColumn + RightWidth, y, value, 12, Palette.Soft, TextAnchor.End);
    }

    private double Proxy(ProxySplit proxy, double y)
    {
        IReadOnlyList<string> fills = proxy.Favoured is null ? Palette.Split : Palette.Labels;
        fills = proxy.Favoured is null ? fills : [.. fills.Take(proxy.Classes.Count - 1), fills[^1]];
        string about = proxy.Favoured is { } label ? proxy.Classes[label] : "log-likelihood ratio above 0";
        string correlation = NumberText.Short(proxy.Correlation);
        this.drawing.Text(
            Margin, y + 14, $"Split by proxy: {proxy.Title}. Correlation {correlation} with {about}", 15);
        double x = Margin;
        for (int i = 0; i < proxy.Classes.Count; i++)
        {
            this.drawing.Box(x, y + 28, 11, 11, fills[i]);
            x += 34 + this.drawing.Text(x + 16, y + 38, proxy.Classes[i], 12, Palette.Soft);
        }

        double[][] counts = [.. proxy.Counts.Select(row => row.Select(count => (double)count).ToArray())];
        const double Room = (Width - (2 * Margin)) / 3;
        Plot Place(int i, string title) =>
            new(this.drawing, Margin + (i * Room), y + 52, Room - 16, ChartHeight, title);
        Place(0, "Distribution").Stack(proxy.LevelHigh, counts, fills, isShare: false);
        Place(1, "Conditional").Stack(proxy.LevelHigh, counts, fills, isShare: true);
        Place(2, "Expected value").Stack(proxy.LevelHigh, proxy.Mass, fills, isShare: false);
        return y + 52 + ChartHeight;
    }

    private string WordsOf(int feature) => this.index.Labels?[feature] ?? string.Join(
        "  ·  ",
        this.index.Summary[feature].Select(piece => this.index.Pieces[piece].Trim()).Where(word => word.Length > 0)
            .Select(word => VisibleText.Of(word, 24)));
}
