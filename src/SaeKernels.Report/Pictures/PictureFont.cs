using SkiaSharp;

namespace SaeKernels.Report;

/// <summary>The font of pictures, Inter, which lies in this library: a picture is the same on every machine.</summary>
internal static class PictureFont
{
    public const string Family = "Inter, Helvetica, Arial, sans-serif";

    private static readonly Lazy<SKTypeface> Face = new(Load);

    public static SKTypeface Typeface => Face.Value;

    public static double WidthOf(string text, double size)
    {
        using SKFont font = new(Typeface, (float)size);
        return font.MeasureText(Typeface.GetGlyphs(text));
    }

    /// <summary>The beginning of a text that is no wider than a room.</summary>
    public static string Fit(string text, double size, double room)
    {
        string shown = VisibleText.Of(text);
        int length = shown.Length;
        while (length > 1 && WidthOf(shown[..length], size) > room)
        {
            length--;
        }

        return length == shown.Length ? shown : string.Concat(shown.AsSpan(0, length - 1), "…");
    }

    public static bool Holds(int codePoint) => Typeface.ContainsGlyph(codePoint);

    private static SKTypeface Load()
    {
        try
        {
            using Stream stream = typeof(PictureFont).Assembly.GetManifestResourceStream("picture.otf")!;
            using SKData data = SKData.Create(stream);
            return SKTypeface.FromData(data);
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException)
        {
            throw new FileNotFoundException(
                "FeatureReport: pictures need the native library of SkiaSharp, which was not found for this platform: "
                + $"{exception.Message} Write pictures on Linux with glibc, Windows or macOS.",
                exception);
        }
    }
}
