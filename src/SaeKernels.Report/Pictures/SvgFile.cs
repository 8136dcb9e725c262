using System.Globalization;
using System.Text;
using System.Xml;
using SaeKernels.Files;

namespace SaeKernels.Report;

/// <summary>Writes a drawing as SVG: shapes and texts, nothing that runs or loads.</summary>
internal static class SvgFile
{
    private const string Space = "http://www.w3.org/2000/svg";

    public static void Write(string path, Drawing drawing) => AtomicFile.Write(path, stream =>
    {
        using XmlWriter svg = XmlWriter.Create(
            stream, new XmlWriterSettings { Indent = true, Encoding = new UTF8Encoding(false) });
        svg.WriteStartElement("svg", Space);
        string size = $"{Number(drawing.Width)} {Number(drawing.Height)}";
        Attributes(svg, ("width", drawing.Width), ("height", drawing.Height));
        Attributes(svg, ("viewBox", $"0 0 {size}"), ("font-family", PictureFont.Family));
        if (drawing.Label is not null)
        {
            Attributes(svg, ("role", "img"), ("aria-label", VisibleText.Of(drawing.Label)));
        }

        WriteMark(svg, new BoxMark(0, 0, drawing.Width, drawing.Height, Palette.Page, Tip: null));
        foreach (Mark mark in drawing.Marks)
        {
            WriteMark(svg, mark);
        }

        svg.WriteEndElement();
    });

    private static void WriteMark(XmlWriter svg, Mark mark)
    {
        switch (mark)
        {
            case BoxMark box:
                Begin(svg, "rect", ("x", box.X), ("y", box.Y), ("width", box.Width), ("height", box.Height));
                Attributes(svg, ("fill", box.Fill));
                break;
            case DotMark dot:
                Begin(svg, "circle", ("cx", dot.X), ("cy", dot.Y), ("r", dot.Radius));
                Attributes(svg, ("fill", dot.Fill), ("fill-opacity", "0.8"));
                break;
            case LineMark line:
                Begin(svg, "polyline", ("stroke-width", line.Width));
                Attributes(svg, ("fill", "none"), ("stroke", line.Stroke));
                Attributes(svg, ("points", string.Join(' ', line.Points.Select(p => $"{Number(p.X)},{Number(p.Y)}"))));
                break;
            case PixelMark pixels:
                Begin(svg, "image", ("x", pixels.X), ("y", pixels.Y));
                Attributes(svg, ("width", pixels.Width), ("height", pixels.Height));
                Attributes(svg, ("href", $"data:image/png;base64,{Convert.ToBase64String(pixels.Png)}"));
                Attributes(svg, ("image-rendering", "pixelated"));
                break;
            case TextMark text:
                WriteText(svg, text);
                break;
        }

        if (mark.Tip is not null)
        {
            svg.WriteElementString("title", Space, mark.Tip);
        }

        svg.WriteEndElement();
    }

    // The length was measured in Inter; a viewer without it fits its own font into the same room.
    private static void WriteText(XmlWriter svg, TextMark text)
    {
        Begin(svg, "text", ("x", text.X), ("y", text.Y), ("font-size", text.Size), ("textLength", text.Length));
        string anchor = text.Anchor.ToString().ToLowerInvariant();
        Attributes(svg, ("fill", text.Fill), ("text-anchor", anchor), ("lengthAdjust", "spacingAndGlyphs"));
        svg.WriteAttributeString("xml", "space", null, "preserve");
        svg.WriteString(text.Text);
    }

    private static void Begin(XmlWriter svg, string name, params (string Name, double Value)[] numbers)
    {
        svg.WriteStartElement(name, Space);
        Attributes(svg, numbers);
    }

    private static void Attributes(XmlWriter svg, params (string Name, double Value)[] numbers) =>
        Attributes(svg, [.. numbers.Select(one => (one.Name, Number(one.Value)))]);

    private static void Attributes(XmlWriter svg, params (string Name, string Value)[] texts)
    {
        foreach ((string name, string value) in texts)
        {
            svg.WriteAttributeString(name, value);
        }
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
