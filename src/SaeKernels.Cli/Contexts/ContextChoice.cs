using System.Globalization;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Report;

namespace SaeKernels.Cli;

/// <summary>The contexts that <c>--context</c> names, made for the tokens of a store.</summary>
internal static class ContextChoice
{
    private const string CharactersPrefix = "chars:";
    private const string UnigramsPrefix = "unigrams:";
    private const int TokensAtOnce = 1 << 16;

    /// <summary>The names of the contexts that need no definition.</summary>
    public static IReadOnlyList<string> BuiltIn { get; } =
        ["base64", "hex", "dna", .. UnicodeScript.All.Select(script => script.Name)];

    /// <summary>Throws unless every name is one, before any work is done.</summary>
    /// <exception cref="ArgumentException">A name is none, or needs texts.</exception>
    public static void Require(IReadOnlyList<string> names, bool hasVocabulary)
    {
        foreach (string name in names)
        {
            (_, string definition) = Split(name);
            if (definition.StartsWith(UnigramsPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (!BuiltIn.Contains(definition) && !definition.StartsWith(CharactersPrefix, StringComparison.Ordinal))
            {
                throw new ArgumentException(
                    $"--context: must be one of {string.Join(", ", BuiltIn)}, NAME=chars:LETTERS or "
                    + $"NAME=unigrams:FILE, but is '{name}'. Choose one of these.");
            }

            if (!hasVocabulary)
            {
                throw new ArgumentException(
                    $"--context: '{name}' must know the text of each token, but --vocab is missing. Name a list of "
                    + "texts with --vocab.");
            }
        }
    }

    /// <summary>Makes the contexts; one that no token of the data speaks for is left out and told.</summary>
    /// <param name="names">What was named; empty for all that need no definition.</param>
    /// <param name="store">The data, whose tokens are counted.</param>
    /// <param name="vocabulary">A file with the texts of tokens; null for none.</param>
    /// <exception cref="InvalidDataException">The data has no tokens, or a file is faulty.</exception>
    public static IReadOnlyList<TokenContext> Read(
        IReadOnlyList<string> names, ActivationStore store, string? vocabulary)
    {
        if (names.Count == 0 && vocabulary is null)
        {
            return [];
        }

        if (!store.HasTokenIds)
        {
            throw new InvalidDataException(
                $"{string.Join(", ", store.Paths)}: must have token_ids for contexts to score, but has none. Store "
                + "them beside the activations, or use --labels alone.");
        }

        UnigramTable unigrams = Count(store);
        IReadOnlyList<string> pieces = vocabulary is null ? [] : PieceFile.Read(vocabulary);
        string PieceOf(long token) => token >= 0 && token < pieces.Count ? pieces[(int)token] : string.Empty;
        List<TokenContext> contexts = [];
        foreach (string name in names.Count == 0 ? BuiltIn : names)
        {
            if (Make(name, unigrams, PieceOf) is TokenContext context)
            {
                contexts.Add(context);
            }
            else
            {
                Console.Error.WriteLine($"sae: no token of the data is in the script {name}; left out.");
            }
        }

        return contexts;
    }

    private static (string Name, string Definition) Split(string text)
    {
        int place = text.IndexOf('=', StringComparison.Ordinal);
        return place < 0 ? (text, text) : (text[..place], text[(place + 1)..]);
    }

    private static TokenContext? Make(string text, UnigramTable unigrams, Func<long, string> pieceOf)
    {
        (string name, string definition) = Split(text);
        if (definition.StartsWith(CharactersPrefix, StringComparison.Ordinal))
        {
            return TokenContext.Characters(name, definition[CharactersPrefix.Length..], pieceOf, unigrams);
        }

        if (definition.StartsWith(UnigramsPrefix, StringComparison.Ordinal))
        {
            return TokenContext.Unigrams(name, ReadTable(definition[UnigramsPrefix.Length..]), unigrams);
        }

        return definition switch
        {
            "base64" => TokenContext.Base64(pieceOf, unigrams),
            "hex" => TokenContext.Hexadecimal(pieceOf, unigrams),
            "dna" => TokenContext.Dna(pieceOf, unigrams),
            _ => OfScript(UnicodeScript.All.First(script => script.Name == definition), unigrams, pieceOf),
        };
    }

    private static TokenContext? OfScript(UnicodeScript script, UnigramTable unigrams, Func<long, string> pieceOf)
    {
        long inside = unigrams.Counts.Where(pair => script.HoldsAll(pieceOf(pair.Key))).Sum(pair => pair.Value);
        return inside == 0 ? null : TokenContext.Script(script, inside / (double)unigrams.Total, pieceOf);
    }

    private static UnigramTable Count(ActivationStore store)
    {
        UnigramTable unigrams = new();
        long[] tokens = new long[Math.Min(store.Count, TokensAtOnce)];
        for (long row = 0; row < store.Count; row += tokens.Length)
        {
            Span<long> part = tokens.AsSpan(0, (int)Math.Min(tokens.Length, store.Count - row));
            store.ReadTokenIds(row, part);
            unigrams.Add(part);
        }

        return unigrams;
    }

    /// <summary>Reads lines of a token's number and how often it occurs.</summary>
    private static UnigramTable ReadTable(string path)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path}: must exist, but does not. Name a file that is there.");
        }

        UnigramTable table = new();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != 2
                || !long.TryParse(words[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out long token)
                || !long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long count))
            {
                throw new InvalidDataException(
                    $"{path}: line {number} must be the number of a token and how often it occurs, but is '{line}'. "
                    + "Write lines such as '17 250'.");
            }

            table.Add(token, count);
        }

        return table.Total > 0
            ? table
            : throw new InvalidDataException(
                $"{path}: must count tokens, but counts none. Write lines such as '17 250'.");
    }
}
