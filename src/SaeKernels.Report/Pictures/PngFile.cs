using SaeKernels.Files;
using SkiaSharp;

namespace SaeKernels.Report;

/// <summary>Writes a drawing as PNG, two pixels for one, so that it is sharp in print.</summary>
internal static class PngFile
{
    private const int Scale = 2;
    private const byte DotOpacity = 204;

    public static void Write(string path, Drawing drawing)
    {
        using SKSurface surface = SKSurface.Create(new SKImageInfo(
            (int)Math.Ceiling(drawing.Width * Scale), (int)Math.Ceiling(drawing.Height * Scale)));
        SKCanvas canvas = surface.Canvas;
        canvas.Clear(SKColor.Parse(Palette.Page));
        canvas.Scale(Scale);
        using SKPaint paint = new() { IsAntialias = true };
        foreach (Mark mark in drawing.Marks)
        {
            Draw(canvas, paint, mark);
        }

        byte[] bytes = Encode(surface.Snapshot());
        AtomicFile.Write(path, stream => stream.Write(bytes), bytes.Length);
    }

    /// <summary>Encodes a small picture of the report.</summary>
    /// <param name="pixels">Its pixels, row-major with the channels last.</param>
    /// <param name="shape">Its size.</param>
    public static byte[] Encode(byte[] pixels, ImageShape shape)
    {
        using SKBitmap bitmap = new(shape.Width, shape.Height);
        for (int i = 0; i < shape.Width * shape.Height; i++)
        {
            byte Channel(int channel) => pixels[(i * shape.Channels) + Math.Min(channel, shape.Channels - 1)];
            bitmap.SetPixel(i % shape.Width, i / shape.Width, new SKColor(Channel(0), Channel(1), Channel(2)));
        }

        return Encode(SKImage.FromBitmap(bitmap));
    }

    private static byte[] Encode(SKImage image)
    {
        using (image)
        {
            using SKData data = image.Encode(SKEncodedImageFormat.Png, quality: 100);
            return data.ToArray();
        }
    }

    private static void Draw(SKCanvas canvas, SKPaint paint, Mark mark)
    {
        paint.Style = SKPaintStyle.Fill;
        switch (mark)
        {
            case BoxMark box:
                paint.Color = SKColor.Parse(box.Fill);
                canvas.DrawRect((float)box.X, (float)box.Y, (float)box.Width, (float)box.Height, paint);
                break;
            case DotMark dot:
                paint.Color = SKColor.Parse(dot.Fill).WithAlpha(DotOpacity);
                canvas.DrawCircle((float)dot.X, (float)dot.Y, (float)dot.Radius, paint);
                break;
            case LineMark line:
                DrawLine(canvas, paint, line);
                break;
            case PixelMark pixels:
                using (SKBitmap bitmap = SKBitmap.Decode(pixels.Png))
                {
                    canvas.DrawBitmap(bitmap, SKRect.Create(
                        (float)pixels.X, (float)pixels.Y, (float)pixels.Width, (float)pixels.Height));
                }

                break;
            case TextMark text:
                DrawText(canvas, paint, text);
                break;
        }
    }

    private static void DrawLine(SKCanvas canvas, SKPaint paint, LineMark line)
    {
        using SKPath path = new();
        path.AddPoly([.. line.Points.Select(point => new SKPoint((float)point.X, (float)point.Y))], close: false);
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = (float)line.Width;
        paint.Color = SKColor.Parse(line.Stroke);
        canvas.DrawPath(path, paint);
    }

    private static void DrawText(SKCanvas canvas, SKPaint paint, TextMark text)
    {
        double start = text.Anchor switch
        {
            TextAnchor.Middle => text.X - (text.Length / 2),
            TextAnchor.End => text.X - text.Length,
            _ => text.X,
        };
        using SKFont font = new(PictureFont.Typeface, (float)text.Size) { Subpixel = true };
        paint.Color = SKColor.Parse(text.Fill);
        canvas.DrawText(text.Text, (float)start, (float)text.Y, font, paint);
    }
}
