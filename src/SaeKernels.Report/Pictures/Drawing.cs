namespace SaeKernels.Report;

/// <summary>Where the text of a mark begins, or what it is centred on, or where it ends.</summary>
internal enum TextAnchor
{
    Start,
    Middle,
    End,
}

/// <summary>
/// Something drawn, in pixels from the left upper corner, and what it says when asked; later ones lie above earlier
/// ones.
/// </summary>
internal abstract record Mark(string? Tip);

internal sealed record BoxMark(double X, double Y, double Width, double Height, string Fill, string? Tip) : Mark(Tip);

internal sealed record DotMark(double X, double Y, double Radius, string Fill, string? Tip) : Mark(Tip);

internal sealed record LineMark(IReadOnlyList<(double X, double Y)> Points, string Stroke, double Width)
    : Mark(Tip: null);

/// <summary>A text; its length is its width in <see cref="PictureFont"/>, and other fonts are fitted to it.</summary>
internal sealed record TextMark(
    double X, double Y, string Text, double Size, string Fill, TextAnchor Anchor, double Length, string? Tip)
    : Mark(Tip);

/// <summary>A picture in the PNG format.</summary>
internal sealed record PixelMark(double X, double Y, double Width, double Height, byte[] Png) : Mark(Tip: null);

/// <summary>A picture made of marks, which is then written as SVG or PNG.</summary>
internal sealed class Drawing(double width)
{
    private readonly List<Mark> marks = [];

    public double Width { get; } = width;

    public double Height { get; set; }

    /// <summary>What the picture says to who cannot see it; null where nothing does.</summary>
    public string? Label { get; init; }

    public IReadOnlyList<Mark> Marks => this.marks;

    public void Box(double x, double y, double wide, double tall, string fill, string? tip = null) =>
        this.marks.Add(new BoxMark(x, y, wide, tall, fill, tip));

    public void Dot(double x, double y, double radius, string fill, string? tip = null) =>
        this.marks.Add(new DotMark(x, y, radius, fill, tip));

    public void Line(string stroke, double thick, params IReadOnlyList<(double X, double Y)> points) =>
        this.marks.Add(new LineMark(points, stroke, thick));

    public void Pixels(double x, double y, double wide, double tall, byte[] png) =>
        this.marks.Add(new PixelMark(x, y, wide, tall, png));

    /// <summary>Writes a line of text on a baseline; returns its width.</summary>
    public double Text(
        double x,
        double y,
        string text,
        double size,
        string fill = Palette.Text,
        TextAnchor anchor = TextAnchor.Start,
        string? tip = null)
    {
        string shown = VisibleText.Of(text);
        double length = PictureFont.WidthOf(shown, size);
        if (shown.Length > 0)
        {
            this.marks.Add(new TextMark(x, y, shown, size, fill, anchor, length, tip));
        }

        return length;
    }
}
