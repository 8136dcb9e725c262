using System.Globalization;
using System.Text;

namespace SaeKernels.Metrics;

/// <summary>A script as the Unicode blocks that hold its letters.</summary>
/// <remarks>Source: Unicode 16, Blocks.txt.</remarks>
public sealed record UnicodeScript
{
    private readonly (int First, int Last)[] blocks;

    /// <summary>Describes a script.</summary>
    /// <param name="name">Its name, for legends.</param>
    /// <param name="blocks">First and last code point of each block.</param>
    public UnicodeScript(string name, params (int First, int Last)[] blocks)
    {
        this.Name = name;
        this.blocks = blocks;
    }

    /// <summary>Arabic, its supplement and its extension A.</summary>
    public static UnicodeScript Arabic { get; } = new("arabic", (0x600, 0x6FF), (0x750, 0x77F), (0x8A0, 0x8FF));

    /// <summary>Hebrew.</summary>
    public static UnicodeScript Hebrew { get; } = new("hebrew", (0x590, 0x5FF));

    /// <summary>Cyrillic and its supplement.</summary>
    public static UnicodeScript Cyrillic { get; } = new("cyrillic", (0x400, 0x4FF), (0x500, 0x52F));

    /// <summary>Greek and Coptic.</summary>
    public static UnicodeScript Greek { get; } = new("greek", (0x370, 0x3FF), (0x1F00, 0x1FFF));

    /// <summary>Devanagari.</summary>
    public static UnicodeScript Devanagari { get; } = new("devanagari", (0x900, 0x97F));

    /// <summary>Chinese characters: the unified block and its extension A.</summary>
    public static UnicodeScript Han { get; } = new("han", (0x4E00, 0x9FFF), (0x3400, 0x4DBF));

    /// <summary>Hiragana and katakana.</summary>
    public static UnicodeScript Kana { get; } = new("kana", (0x3040, 0x309F), (0x30A0, 0x30FF));

    /// <summary>Hangul syllables and letters.</summary>
    public static UnicodeScript Hangul { get; } = new("hangul", (0xAC00, 0xD7AF), (0x1100, 0x11FF));

    /// <summary>All scripts above.</summary>
    public static IReadOnlyList<UnicodeScript> All { get; } =
        [Arabic, Hebrew, Cyrillic, Greek, Devanagari, Han, Kana, Hangul];

    /// <summary>Its name, for legends.</summary>
    public string Name { get; }

    /// <summary>
    /// Whether all characters of a text are in the script; white space does not matter, and a text without another
    /// character is not in it.
    /// </summary>
    /// <param name="text">The text.</param>
    public bool HoldsAll(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        bool any = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator)
            {
                continue;
            }

            any = true;
            if (!Array.Exists(this.blocks, block => rune.Value >= block.First && rune.Value <= block.Last))
            {
                return false;
            }
        }

        return any;
    }
}
