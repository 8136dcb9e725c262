namespace SaeKernels.Report;

/// <summary>The place of a chart in a drawing, with its title and axes.</summary>
internal sealed class Plot
{
    private const double TitleHeight = 30;
    private const double AxisHeight = 34;
    private const double AxisWidth = 54;
    private readonly Drawing drawing;
    private readonly double x;
    private readonly double y;
    private readonly double width;
    private readonly double height;

    public Plot(Drawing drawing, double x, double y, double width, double height, string title)
    {
        (this.drawing, this.x, this.y, this.width, this.height) = (drawing, x, y, width, height);
        drawing.Text(x, y + 14, title, 15);
    }

    /// <summary>Draws the axes and returns them.</summary>
    public (PlotAxis X, PlotAxis Y) Axes(
        (double Low, double High) xs,
        (double Low, double High) ys,
        string xTitle,
        string yTitle,
        bool xPower = false,
        bool yPower = false)
    {
        double left = this.x + AxisWidth;
        double bottom = this.y + this.height - AxisHeight;
        PlotAxis across = new(xs.Low, xs.High, left, this.x + this.width - 8, xPower);
        PlotAxis up = new(ys.Low, ys.High, bottom, this.y + TitleHeight + 8, yPower);
        foreach (double tick in up.Ticks(4))
        {
            this.drawing.Line(Palette.Grid, 1, (left, up[tick]), (across.To, up[tick]));
            this.drawing.Text(left - 6, up[tick] + 4, up.TextOf(tick), 11, Palette.Soft, TextAnchor.End);
        }

        this.drawing.Line(Palette.Soft, 1, (left, bottom), (across.To, bottom));
        foreach (double tick in across.Ticks(Math.Max(2, (int)(this.width / 90))))
        {
            this.drawing.Text(across[tick], bottom + 15, across.TextOf(tick), 11, Palette.Soft, TextAnchor.Middle);
        }

        this.drawing.Text(across.To, bottom + 29, xTitle, 11, Palette.Soft, TextAnchor.End);
        this.drawing.Text(left, this.y + TitleHeight, yTitle, 11, Palette.Soft);
        return (across, up);
    }

    /// <summary>Bars of counts in equal bins.</summary>
    public void Bars(BinnedCounts bins, string xTitle, bool isPower = false, Func<double, string>? fill = null)
    {
        (PlotAxis across, PlotAxis up) =
            Axes((bins.Low, bins.High), (0, Math.Max(1, bins.Counts.Max())), xTitle, string.Empty, isPower);
        double step = (bins.High - bins.Low) / bins.Counts.Count;
        for (int i = 0; i < bins.Counts.Count; i++)
        {
            double low = bins.Low + (i * step);
            string colour = fill?.Invoke(low + (step / 2)) ?? Palette.Series[0];
            Bar(across, low, low + step, up[0], up[bins.Counts[i]], colour, NumberText.Exact(bins.Counts[i]));
        }
    }

    /// <summary>Bars of parts on top of each other, as high as the whole where the parts are shares.</summary>
    public void Stack(double high, IReadOnlyList<IReadOnlyList<double>> rows, IReadOnlyList<string> fills, bool isShare)
    {
        double[] sums = [.. rows.Select(row => row.Sum())];
        (PlotAxis across, PlotAxis up) =
            Axes((0, high), (0, isShare ? 1 : Math.Max(1e-30, sums.Max())), "activation", string.Empty);
        double step = high / rows.Count;
        for (int i = 0; i < rows.Count; i++)
        {
            double below = 0;
            for (int part = 0; part < rows[i].Count; part++)
            {
                double above = below + (rows[i][part] / (isShare ? sums[i] : 1));
                if (rows[i][part] > 0)
                {
                    string tip = NumberText.Exact(rows[i][part]);
                    Bar(across, i * step, (i + 1) * step, up[below], up[above], fills[part], tip);
                    below = above;
                }
            }
        }
    }

    /// <summary>A cloud of points, each a feature; points without a number are left out.</summary>
    public void Points(
        IReadOnlyList<double> xs,
        IReadOnlyList<double> ys,
        IReadOnlyList<double> shades,
        (string X, string Y) titles,
        (bool X, bool Y) powers)
    {
        double Place(double value, bool isPower) => isPower ? Math.Log10(value) : value;
        (double X, double Y, double Shade, int Feature)[] points =
        [
            .. Enumerable.Range(0, xs.Count)
                .Select(i => (X: Place(xs[i], powers.X), Y: Place(ys[i], powers.Y), Shade: shades[i], Feature: i))
                .Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)),
        ];
        double low = shades.Where(double.IsFinite).DefaultIfEmpty(0).Min();
        double high = shades.Where(double.IsFinite).DefaultIfEmpty(1).Max();
        (PlotAxis across, PlotAxis up) = Axes(
            Range([.. points.Select(one => one.X)]),
            Range([.. points.Select(one => one.Y)]),
            titles.X, titles.Y, powers.X, powers.Y);
        double radius = points.Length > 3000 ? 1.8 : points.Length > 600 ? 2.4 : 3.4;
        foreach ((double px, double py, double shade, int feature) in points)
        {
            string fill = double.IsFinite(shade)
                ? Palette.Shade(high > low ? (shade - low) / (high - low) : 1)
                : Palette.Unknown;
            this.drawing.Dot(across[px], up[py], radius, fill,
                $"#{feature}: {NumberText.Exact(xs[feature])}, {NumberText.Exact(ys[feature])}");
        }
    }

    /// <summary>A bar for each weight: by dimension where there are all, else the largest beside each other.</summary>
    public void Spikes(DimensionWeights weights)
    {
        double most = weights.Values.Select(Math.Abs).DefaultIfEmpty(1).Max();
        bool isWhole = weights.Dimensions.Select((dimension, i) => dimension == i).All(same => same);
        (PlotAxis across, PlotAxis up) = Axes(
            (0, weights.Values.Count), (-most, most), isWhole ? "dimension" : "the largest dimensions", string.Empty);
        for (int i = 0; i < weights.Values.Count; i++)
        {
            double weight = weights.Values[i];
            string tip = $"dimension {weights.Dimensions[i]}: {NumberText.Exact(weights.Values[i])}";
            Bar(across, i, i + 1, up[Math.Min(0, weight)], up[Math.Max(0, weight)],
                weight < 0 ? Palette.Negative : Palette.Series[0], tip);
        }
    }

    /// <summary>Lines over a common axis; numbers that are not finite are left out.</summary>
    public void Lines(
        IReadOnlyList<(IReadOnlyList<double> X, IReadOnlyList<double> Y)> lines,
        string xTitle,
        string yTitle,
        (bool X, bool Y) powers)
    {
        static double Place(double value, bool isPower) => isPower ? Math.Log10(value) : value;
        (double X, double Y)[][] places =
        [
            .. lines.Select(line => line.X.Zip(line.Y)
                .Select(point => (X: Place(point.First, powers.X), Y: Place(point.Second, powers.Y)))
                .Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y)).ToArray()),
        ];
        (double low, double high) = Range([.. places.SelectMany(line => line).Select(point => point.Y)]);
        (PlotAxis across, PlotAxis up) = Axes(
            Range([.. places.SelectMany(line => line).Select(point => point.X)]),
            (powers.Y ? low : Math.Min(0, low), high),
            xTitle, yTitle, powers.X, powers.Y);
        for (int i = 0; i < places.Length; i++)
        {
            this.drawing.Line(Palette.Series[i % Palette.Series.Count], 1.8,
                [.. places[i].Select(point => (across[point.X], up[point.Y]))]);
        }
    }

    private static (double Low, double High) Range(double[] values)
    {
        double low = values.DefaultIfEmpty(0).Min();
        double high = values.DefaultIfEmpty(1).Max();
        // A little room, so that no point lies on an axis.
        double room = high > low ? 0.03 * (high - low) : 0.5;
        return (low - room, high + room);
    }

    private void Bar(PlotAxis across, double low, double high, double bottom, double top, string fill, string tip)
    {
        if (bottom > top)
        {
            double wide = Math.Max(0.5, across[high] - across[low] - 1);
            this.drawing.Box(across[low] + 0.5, top, wide, bottom - top, fill, tip);
        }
    }
}
