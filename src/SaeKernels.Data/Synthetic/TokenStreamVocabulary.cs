using System.Text;

namespace SaeKernels.Data;

/// <summary>The tokens of a <see cref="TokenStreamSource"/>, and how likely each is in each context.</summary>
/// <remarks>
/// Base64 is 64 tokens of one character, all alike; DNA is four of them; Arabic and Hebrew are their letters, all
/// alike; prose is words with a space in front.
/// </remarks>
public sealed class TokenStreamVocabulary
{
    private const string Base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private readonly List<string> pieces = [];
    private readonly int[][] tokens;
    private readonly double[] cumulativeProse;

    internal TokenStreamVocabulary(int words)
    {
        int[] letters = [.. Base64.Select(letter => Add(letter.ToString()))];
        int[] arabic = [.. Range('\u0627', '\u063A').Concat(Range('\u0641', '\u064A')).Select(Add)];
        int[] hebrew = [.. Range('\u05D0', '\u05EA').Select(Add)];
        int[] prose = [.. Enumerable.Range(0, words).Select(word => Add(Word(word)))];
        int[] dna = [.. "ATCG".Select(letter => Base64.IndexOf(letter, StringComparison.Ordinal))];
        this.tokens = [prose, letters, dna, arabic, hebrew];
        double all = Enumerable.Range(1, words).Sum(rank => 1.0 / rank);
        this.cumulativeProse = new double[words];
        double sum = 0;
        for (int word = 0; word < words; word++)
        {
            sum += 1.0 / (word + 1) / all;
            this.cumulativeProse[word] = sum;
        }
    }

    /// <summary>The contexts, by their numbers.</summary>
    public static IReadOnlyList<string> Contexts { get; } = ["prose", "base64", "dna", "arabic", "hebrew"];

    /// <summary>The text of each token.</summary>
    public IReadOnlyList<string> Pieces => this.pieces;

    /// <summary>Returns how likely a token is in a context, 0 to 1.</summary>
    /// <param name="token">0 to the number of pieces − 1.</param>
    /// <param name="context">0 to the number of contexts − 1.</param>
    public double ProbabilityIn(int token, int context)
    {
        int place = Array.IndexOf(this.tokens[context], token);
        return place < 0 ? 0
            : context > 0 ? 1.0 / this.tokens[context].Length
            : this.cumulativeProse[place] - (place > 0 ? this.cumulativeProse[place - 1] : 0);
    }

    /// <summary>Returns the token of a context that a number in [0, 1) stands for.</summary>
    internal int Choose(int context, double uniform)
    {
        int[] choices = this.tokens[context];
        if (context > 0)
        {
            return choices[(int)(uniform * choices.Length)];
        }

        int found = Array.BinarySearch(this.cumulativeProse, uniform);
        return choices[Math.Min(found >= 0 ? found + 1 : ~found, choices.Length - 1)];
    }

    private static IEnumerable<string> Range(char first, char last) =>
        Enumerable.Range(first, last - first + 1).Select(code => ((char)code).ToString());

    /// <summary>A word that can be spoken: syllables are the digits of its number.</summary>
    private static string Word(int number)
    {
        const string Consonants = "bdfgklmnprstvz";
        const string Vowels = "aeiou";
        const int Syllables = 14 * 5;
        StringBuilder word = new(" ");
        for (int rest = number; rest >= 0; rest = (rest / Syllables) - 1)
        {
            int syllable = rest % Syllables;
            word.Append(Consonants[syllable / Vowels.Length]).Append(Vowels[syllable % Vowels.Length]);
        }

        return word.ToString();
    }

    private int Add(string piece)
    {
        this.pieces.Add(piece);
        return this.pieces.Count - 1;
    }
}
