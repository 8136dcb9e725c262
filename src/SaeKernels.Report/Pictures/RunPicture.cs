namespace SaeKernels.Report;

/// <summary>The run view as a picture.</summary>
internal static class RunPicture
{
    private const double Width = 1200;
    private const double Margin = 28;
    private const double ColumnWidth = 560;
    private const double RightColumn = Width - Margin - ColumnWidth;
    private const double ChartHeight = 280;
    private const double SmallHeight = 190;

    public static Drawing Of(ReportIndex index)
    {
        Drawing drawing = new(Width);
        drawing.Text(Margin, 44, index.Title, 24);
        WriteFigures(drawing, index.Figures);
        double y = 120;
        DrawDensity(new Plot(drawing, Margin, y, ColumnWidth, ChartHeight, DensityTitle(index)), index.Density);
        Clouds(drawing, index, y);
        y += 2 * (ChartHeight + 20);
        y = Curves(drawing, index, y);
        if (index.Sweep is { } sweep)
        {
            Sweep(new Plot(drawing, Margin, y, ColumnWidth, ChartHeight, SweepTitle(sweep)), sweep);
            y += ChartHeight + 20;
            y = sweep.Maps is { } maps
                ? HeatMapsPicture.Draw(drawing, maps, Margin, y, Width - (2 * Margin)) + 20
                : y;
        }

        drawing.Height = y + 8;
        return drawing;
    }

    private static void WriteFigures(Drawing drawing, IReadOnlyList<TitledFigure> figures)
    {
        double x = Margin;
        foreach (TitledFigure figure in figures)
        {
            double width = drawing.Text(x, 74, figure.Title, 12, Palette.Soft);
            x += 26 + Math.Max(width, drawing.Text(x, 95, NumberText.Short(figure.Value), 16));
        }
    }

    private static string DensityTitle(ReportIndex index) =>
        $"Density of features ({NumberText.Short(index.Features)}, silent: {NumberText.Short(index.Density.Silent)})";

    private static void DrawDensity(Plot plot, DensityView density)
    {
        string FillOf(double value)
        {
            DensityCluster? cluster = density.Clusters.FirstOrDefault(one => value >= one.Low && value < one.High);
            return Palette.Series[cluster is null ? 0 : Math.Max(0, density.Clusters.ToList().IndexOf(cluster))];
        }

        plot.Bars(density.Histogram, "share of vectors on which a feature is active", isPower: true, FillOf);
    }

    private static void Clouds(Drawing drawing, ReportIndex index, double y)
    {
        IReadOnlyList<double> Column(string name) => index.Columns.First(column => column.Name == name).Values;
        IReadOnlyList<double> logDensity = Column("log10_density");
        double second = y + ChartHeight + 20;
        new Plot(drawing, RightColumn, y, ColumnWidth, ChartHeight, "Density and strength; dark: in an upper cluster")
            .Points(Column("density"), Column("absolute_max"), Column("clustering_mass"),
                ("density", "largest activation"), (true, false));
        new Plot(drawing, Margin, second, ColumnWidth, ChartHeight, "Bias and alignment; dark: dense")
            .Points(Column("encoder_bias"), Column("encoder_decoder_dot"), logDensity,
                ("encoder bias", "decoder · encoder"), (false, false));
        if (index.Maps.Count > 0)
        {
            DictionaryMap map = index.Maps[^1];
            new Plot(drawing, RightColumn, second, ColumnWidth, ChartHeight, "Map of the dictionary; dark: dense")
                .Points(map.X, map.Y, logDensity, (map.Title.ToLowerInvariant(), string.Empty), (false, false));
        }
    }

    private static double Curves(Drawing drawing, ReportIndex index, double y)
    {
        (string Name, bool IsPower)[] shown = [("loss", true), ("fvu", true), ("l0", false)];
        if (index.Curves is not { Tokens.Count: > 1 } curves)
        {
            return y;
        }

        double[] tokens = [.. curves.Tokens.Select(count => (double)count)];
        const double Room = (Width - (2 * Margin)) / 3;
        int place = 0;
        foreach ((string name, bool isPower) in shown)
        {
            if (curves.Series.FirstOrDefault(one => one.Name == name) is { } series)
            {
                double x = Margin + (place++ * Room);
                new Plot(drawing, x, y, Room - 20, SmallHeight, series.Title)
                    .Lines([(tokens, series.Values)], "vectors trained on", string.Empty, (false, isPower));
            }
        }

        return y + SmallHeight + 20;
    }

    private static string SweepTitle(SweepPlane sweep) =>
        $"Bounce plane: {sweep.Verdict}{(sweep.Latents is { } latents ? $" at {latents}" : string.Empty)}";

    private static void Sweep(Plot plot, SweepPlane sweep) => plot.Lines(
        [
            .. sweep.Cells.GroupBy(cell => cell.Latents).OrderBy(group => group.Key).Select(group =>
            {
                SweepPoint[] cells = [.. group.OrderBy(cell => cell.Mse)];
                return ((IReadOnlyList<double>)[.. cells.Select(cell => cell.Mse)],
                    (IReadOnlyList<double>)[.. cells.Select(cell => cell.Bits)]);
            }),
        ],
        "mean squared error",
        sweep.Histograms is { } histograms ? $"bits: {histograms.Caption}" : "bits",
        (true, false));
}
