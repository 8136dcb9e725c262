namespace SaeKernels.Report;

/// <summary>The maps of a sweep as a picture, or as a part of one.</summary>
internal sealed class HeatMapsPicture
{
    private const double Width = 1200;
    private const double Margin = 28;
    private const double Gap = 24;
    private const double TitleHeight = 42;
    private const double AxisHeight = 40;
    private const double LabelWidth = 58;
    private const double LabelSize = 11;
    private const string LeftOut = "left out, as it is not known for this data";
    private readonly Drawing drawing;
    private readonly SweepHeatMaps maps;
    private readonly double mapWidth;
    private readonly double cellWidth;
    private readonly double cellHeight;

    private HeatMapsPicture(Drawing drawing, SweepHeatMaps maps, double width)
    {
        const double MapHeight = 240;
        (double low, double high) = (18, 34);
        (this.drawing, this.maps) = (drawing, maps);
        this.mapWidth = (width - Gap) / 2;
        this.cellWidth = (this.mapWidth - LabelWidth) / maps.Sparsities.Count;
        this.cellHeight = Math.Clamp(MapHeight / maps.Latents.Count, low, high);
    }

    /// <summary>Returns the maps as a picture of their own.</summary>
    public static Drawing Of(SweepHeatMaps maps)
    {
        Drawing drawing = new(Width)
        {
            Label = $"Maps of a sweep over sizes and {maps.Sparsity}. "
                + string.Join(' ', maps.Maps.Select(map => Describe(maps, map))),
        };
        drawing.Height = Draw(drawing, maps, Margin, Margin, Width - (2 * Margin)) + Margin;
        return drawing;
    }

    /// <summary>Draws the maps beside and below each other, and their key; returns where they end.</summary>
    public static double Draw(Drawing drawing, SweepHeatMaps maps, double x, double y, double width)
    {
        HeatMapsPicture picture = new(drawing, maps, width);
        double height = TitleHeight + (maps.Latents.Count * picture.cellHeight) + AxisHeight;
        foreach ((int place, SweepHeatMap map) in maps.Maps.Index())
        {
            picture.DrawMap(map, x + (place % 2 * (picture.mapWidth + Gap)), y + (place / 2 * height));
        }

        double bottom = y + ((maps.Maps.Count + 1) / 2 * height);
        picture.DrawKey(x + LabelWidth, bottom);
        return bottom + 36;
    }

    /// <summary>Says where a figure is highest and lowest, for who cannot see the map.</summary>
    private static string Describe(SweepHeatMaps maps, SweepHeatMap map)
    {
        (double Value, int Latents, double Sparsity)[] cells =
        [
            .. map.Values.Zip(maps.Latents)
                .SelectMany(row => row.First.Zip(maps.Sparsities, (value, one) => (value, row.Second, one)))
                .Where(cell => double.IsFinite(cell.value)),
        ];
        return cells.Length == 0
            ? $"{map.Title}: {LeftOut}."
            : $"{map.Title}: lowest {Cell(cells.MinBy(one => one.Value))}, "
                + $"highest {Cell(cells.MaxBy(one => one.Value))}.";

        string Cell((double Value, int Latents, double Sparsity) cell) =>
            $"{NumberText.Short(cell.Value)} at {cell.Latents} latents and {maps.Sparsity} "
            + NumberText.Short(cell.Sparsity);
    }

    private void DrawMap(SweepHeatMap map, double x, double y)
    {
        double left = x + LabelWidth;
        double top = y + TitleHeight;
        double bottom = top + (this.maps.Latents.Count * this.cellHeight);
        this.drawing.Text(x, y + 14, map.Title, 15);
        if (map.Values.Count == 0)
        {
            this.drawing.Text(left, top + 14, LeftOut, LabelSize, Palette.Soft);
            return;
        }

        this.drawing.Text(left - 6, top - 8, "latents", LabelSize, Palette.Soft, TextAnchor.End);
        for (int row = 0; row < this.maps.Latents.Count; row++)
        {
            double above = bottom - ((row + 1) * this.cellHeight);
            this.drawing.Text(
                left - 6, above + (this.cellHeight / 2) + 4, NumberText.Short(this.maps.Latents[row]), LabelSize,
                Palette.Soft, TextAnchor.End);
            for (int column = 0; column < this.maps.Sparsities.Count; column++)
            {
                DrawCell(map, row, column, left + (column * this.cellWidth), above);
            }
        }

        DrawColumns(left, bottom);
    }

    private void DrawCell(SweepHeatMap map, int row, int column, double x, double y)
    {
        double value = map.Values[row][column];
        double unconverged = this.maps.Unconverged[row][column];
        (double wide, double tall) = (this.cellWidth - 1, this.cellHeight - 1);
        string tip = $"{map.Name} at {this.maps.Latents[row]} latents and {this.maps.Sparsity} "
            + $"{NumberText.Exact(this.maps.Sparsities[column])}: "
            + (double.IsFinite(value) ? NumberText.Exact(value) : "not defined")
            + (unconverged > 0 ? $"; {unconverged} did not converge" : string.Empty);
        if (!double.IsFinite(value))
        {
            DrawHatch(x, y, wide, tall, tip);
            return;
        }

        string fill = Palette.Shade(Math.Clamp(value, 0, 1));
        string over = Palette.Over(fill);
        string text = value.ToString(wide < 36 ? "0.00" : "0.000", System.Globalization.CultureInfo.InvariantCulture);
        double size = wide < 36 ? 10 : LabelSize;
        this.drawing.Box(x, y, wide, tall, fill, tip);
        if (PictureFont.WidthOf(text, size) < wide)
        {
            this.drawing.Text(x + (wide / 2), y + (tall / 2) + 4, text, size, over, TextAnchor.Middle, tip);
        }

        if (unconverged > 0)
        {
            this.drawing.Dot(x + wide - 4, y + 4, 2, over, tip);
        }
    }

    private void DrawHatch(double x, double y, double wide, double tall, string? tip = null)
    {
        const double Step = 7;
        this.drawing.Box(x, y, wide, tall, Palette.Grid, tip);
        for (double from = Step - tall; from < wide; from += Step)
        {
            double left = Math.Max(0, from);
            double right = Math.Min(wide, from + tall);
            this.drawing.Line(
                Palette.Unknown, 1, (x + left, y + tall - (left - from)), (x + right, y + tall - (right - from)));
        }
    }

    /// <summary>Sparsities below the columns, as many as there is room for.</summary>
    private void DrawColumns(double left, double bottom)
    {
        string[] texts = [.. this.maps.Sparsities.Select(NumberText.Short)];
        double widest = texts.Max(text => PictureFont.WidthOf(text, LabelSize)) + 6;
        int step = (int)Math.Ceiling(widest / this.cellWidth);
        for (int column = 0; column < texts.Length; column += step)
        {
            double middle = left + ((column + 0.5) * this.cellWidth);
            this.drawing.Text(middle, bottom + 14, texts[column], LabelSize, Palette.Soft, TextAnchor.Middle);
        }

        this.drawing.Text(
            left + (texts.Length * this.cellWidth), bottom + 29, this.maps.Sparsity, LabelSize, Palette.Soft,
            TextAnchor.End);
    }

    private void DrawKey(double x, double y)
    {
        const int Steps = 50;
        const double Step = 5;
        const double Tall = 12;
        for (int i = 0; i < Steps; i++)
        {
            this.drawing.Box(x + (i * Step), y, Step, Tall, Palette.Shade((i + 0.5) / Steps));
        }

        foreach (double tick in (double[])[0, 0.25, 0.5, 0.75, 1])
        {
            double at = x + (tick * Steps * Step);
            string text = tick < 1 ? NumberText.Short(tick) : "1 and above";
            this.drawing.Text(at, y + Tall + 14, text, LabelSize, Palette.Soft, TextAnchor.Middle);
        }

        double next = x + (Steps * Step) + 60;
        DrawHatch(next, y, 24, Tall);
        next += 30 + this.drawing.Text(next + 30, y + Tall - 2, "not defined", LabelSize, Palette.Soft);
        if (this.maps.Unconverged.Any(row => row.Any(count => count > 0)))
        {
            this.drawing.Dot(next + 30, y + (Tall / 2), 2, Palette.Text);
            this.drawing.Text(
                next + 38, y + Tall - 2, "further starts kept finding something better", LabelSize, Palette.Soft);
        }
    }
}
