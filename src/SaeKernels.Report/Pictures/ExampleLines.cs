namespace SaeKernels.Report;

/// <summary>Examples in a picture: lines of shaded tokens, or words and pictures beside each other.</summary>
internal sealed class ExampleLines(Drawing drawing, ReportIndex index, float max, Func<long, byte[]>? pixelsOf)
{
    private const double LineHeight = 24;
    private const double ValueWidth = 46;
    private const double Thumbnail = 56;
    private const double Size = 14;
    private const int MostSymbols = 60;

    /// <summary>Writes examples below each other; returns where they end.</summary>
    public double Write(IEnumerable<ContextExample> examples, double x, double y, double width) =>
        index.Rows == RowKind.Tokens ? Lines(examples, x, y, width) : Flow(examples, x, y, width);

    private double Lines(IEnumerable<ContextExample> examples, double x, double y, double width)
    {
        foreach (ContextExample example in examples)
        {
            string value = NumberText.Short(example.Values[example.Focus]);
            drawing.Text(x + ValueWidth - 10, y + 17, value, 12, Palette.Soft, TextAnchor.End);
            (int first, int end) = Fitting(example, width - ValueWidth);
            double at = x + ValueWidth;
            for (int i = first; i < end; i++)
            {
                at += Token(at, y, PieceOf(example, i), example.Values[i]);
            }

            y += LineHeight;
        }

        return y;
    }

    private string PieceOf(ContextExample example, int i) =>
        VisibleText.Of(index.Pieces[example.Tokens[i]], MostSymbols);

    /// <summary>As many tokens around the one in the middle as there is room for.</summary>
    private (int First, int End) Fitting(ContextExample example, double room)
    {
        double WidthOf(int i) => PictureFont.WidthOf(PieceOf(example, i), Size);
        (int first, int end) = (example.Focus, example.Focus + 1);
        double used = WidthOf(example.Focus);
        while (first > 0 || end < example.Tokens.Count)
        {
            bool isLeft = end == example.Tokens.Count || (first > 0 && example.Focus - first <= end - example.Focus);
            used += WidthOf(isLeft ? first - 1 : end);
            if (used > room)
            {
                break;
            }

            (first, end) = isLeft ? (first - 1, end) : (first, end + 1);
        }

        return (first, end);
    }

    private double Token(double x, double y, string text, float value)
    {
        double width = PictureFont.WidthOf(text, Size);
        if (value > 0)
        {
            drawing.Box(x, y, width, LineHeight - 4, Palette.Glowing(value / max), NumberText.Exact(value));
        }

        return drawing.Text(x, y + 16, text, Size);
    }

    private double Flow(IEnumerable<ContextExample> examples, double x, double y, double width)
    {
        double at = x;
        double tall = pixelsOf is null ? LineHeight + 4 : Thumbnail + LineHeight + 4;
        foreach (ContextExample example in examples)
        {
            float value = example.Values[example.Focus];
            string text = PictureFont.Fit(PieceOf(example, example.Focus), Size, 200);
            double wide = Math.Max(pixelsOf is null ? 0 : Thumbnail, PictureFont.WidthOf(text, Size) + 12);
            if (at + wide > x + width && at > x)
            {
                (at, y) = (x, y + tall);
            }

            double top = y + tall - LineHeight - 4;
            drawing.Box(at, top, wide, LineHeight, Palette.Glowing(value / max), NumberText.Exact(value));
            drawing.Text(at + 6, y + tall - 11, text, Size);
            if (pixelsOf is not null)
            {
                drawing.Pixels(at, y, Thumbnail, Thumbnail, PngFile.Encode(pixelsOf(example.Row), index.Images!));
            }

            at += wide + 6;
        }

        return at > x ? y + tall : y;
    }
}
