using System.Globalization;
using System.Text;

namespace SaeKernels.Report;

/// <summary>Makes visible what cannot be seen, as the page does: line ends, control and direction marks.</summary>
internal static class VisibleText
{
    private const int MostSymbols = 300;

    /// <summary>The text as it can be drawn; what the font lacks is shown as <c>‹U+4E2D›</c>.</summary>
    public static string Of(string text, int most = MostSymbols)
    {
        StringBuilder shown = new(text.Length);
        int count = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (++count > most)
            {
                return shown.Append('…').ToString();
            }

            shown.Append(Symbol(rune));
        }

        return shown.ToString();
    }

    private static string Symbol(Rune rune) => rune.Value switch
    {
        '\n' => "⏎",
        '\t' => "→",
        _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            || !PictureFont.Holds(rune.Value) => $"‹U+{rune.Value:X4}›",
        _ => rune.ToString(),
    };
}
