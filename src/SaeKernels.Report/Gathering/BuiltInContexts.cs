using SaeKernels.Metrics;

namespace SaeKernels.Report;

/// <summary>A kind of text that tokens may speak for, with words for people.</summary>
internal sealed record NamedContext(string Title, TokenContext Context);

/// <summary>The kinds of text that every report on tokens with a vocabulary looks at.</summary>
internal static class BuiltInContexts
{
    private const string Digits = "0123456789";
    private const string Capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private const string Punctuation = ".,;:!?()[]{}\"'`-/\\\u2013\u2014\u2018\u2019\u201C\u201D\u2026\n";

    /// <summary>The contexts, each for one thread; scripts only where some token is in them.</summary>
    /// <param name="tokenIds">The tokens of the data, which also say how likely each is by itself.</param>
    /// <param name="pieceOf">The text of a token.</param>
    public static IReadOnlyList<NamedContext> Of(long[] tokenIds, Func<long, string> pieceOf)
    {
        // Most vocabularies write a word with the space before it, which is no part of a number or a name.
        string Bare(long token) => pieceOf(token).Trim(' ') is { Length: > 0 } bare ? bare : pieceOf(token);
        UnigramTable unigrams = new();
        unigrams.Add(tokenIds);
        return
        [
            new("Base64", TokenContext.Base64(pieceOf, unigrams)),
            new("Hexadecimal", TokenContext.Hexadecimal(pieceOf, unigrams)),
            new("DNA", TokenContext.Dna(pieceOf, unigrams)),
            new("Digits", TokenContext.Characters("digits", Digits, Bare, unigrams)),
            new("Capital letters", TokenContext.Characters("capitals", Capitals, Bare, unigrams)),
            new("Punctuation", TokenContext.Characters("punctuation", Punctuation, Bare, unigrams)),
            .. ScriptsIn(tokenIds, pieceOf),
        ];
    }

    private static IEnumerable<NamedContext> ScriptsIn(long[] tokenIds, Func<long, string> pieceOf)
    {
        (string Piece, int Count)[] pieces =
            [.. tokenIds.GroupBy(token => token).Select(group => (pieceOf(group.Key), group.Count()))];
        foreach (UnicodeScript script in UnicodeScript.All)
        {
            int inside = pieces.Where(piece => script.HoldsAll(piece.Piece)).Sum(piece => piece.Count);
            if (inside > 0)
            {
                string title = $"{char.ToUpperInvariant(script.Name[0])}{script.Name[1..]} script";
                yield return new(title, TokenContext.Script(script, (double)inside / tokenIds.Length, pieceOf));
            }
        }
    }
}
