using System.Globalization;

namespace SaeKernels.Report;

/// <summary>The colours of the light page.</summary>
internal static class Palette
{
    public const string Page = "#ffffff";
    public const string Text = "#1c1a17";
    public const string Soft = "#5f5a52";
    public const string Grid = "#e3e0d9";
    public const string Negative = "#b5490b";
    public const string Glow = "#f5930c";
    public const string Unknown = "#bbbbbb";

    // Cividis (Nuñez, Anderton, Renslow 2018): read alike with and without colour blindness.
    private static readonly int[][] Cividis =
        [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [200, 184, 102], [254, 232, 56]];

    /// <summary>Colours of kinds (Okabe and Ito 2008).</summary>
    public static IReadOnlyList<string> Series { get; } =
        ["#0072b2", "#d55e00", "#00805f", "#a3467f", "#8a6d00", "#3a86b8", "#444444"];

    /// <summary>Colours of log-likelihood ratios, the lowest first.</summary>
    public static IReadOnlyList<string> Split { get; } =
        ["#2b5c9e", "#6f9bd1", "#b9cfe6", "#f0c9a8", "#dd8a4e", "#a84a12"];

    /// <summary>Colours of labels; the last one is for all others.</summary>
    public static IReadOnlyList<string> Labels { get; } =
        ["#0072b2", "#d55e00", "#00805f", "#a3467f", "#8a6d00", "#e3e0d9"];

    /// <summary>A colour of a scale from 0, pale, to 1, dark.</summary>
    public static string Shade(double share)
    {
        double place = Math.Clamp(0.88 * (1 - share), 0, 1) * (Cividis.Length - 1);
        int i = Math.Min(Cividis.Length - 2, (int)place);
        return Between(Cividis[i], Cividis[i + 1], place - i);
    }

    /// <summary>Black or white, whichever has more contrast with a colour: 4.58 at least.</summary>
    public static string Over(string colour)
    {
        double[] light =
        [
            .. Convert.FromHexString(colour[1..]).Select(channel => channel / 255.0)
                .Select(value => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4)),
        ];
        double luminance = (0.2126 * light[0]) + (0.7152 * light[1]) + (0.0722 * light[2]);
        return luminance > Math.Sqrt(1.05 * 0.05) - 0.05 ? "#000000" : "#ffffff";
    }

    /// <summary>The colour behind a token whose activation is this share of the largest.</summary>
    public static string Glowing(double share) =>
        Between([255, 255, 255], [245, 147, 12], Math.Min(1, 0.12 + (0.88 * share)));

    private static string Between(int[] from, int[] to, double share)
    {
        int[] mixed = [.. from.Zip(to, (a, b) => (int)Math.Round(a + ((b - a) * share)))];
        return string.Create(CultureInfo.InvariantCulture, $"#{mixed[0]:x2}{mixed[1]:x2}{mixed[2]:x2}");
    }
}
