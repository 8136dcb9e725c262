namespace SaeKernels.Metrics;

/// <summary>A kind of text, and how much a token speaks for it: ln of P(token in that text) / P(token).</summary>
/// <remarks>
/// Source of the rules: Bricken et al. 2023, appendix on feature proxies. <see cref="ContextScore"/> turns the terms of
/// single tokens into the score of the best string that ends with a token.
/// </remarks>
public sealed class TokenContext
{
    /// <summary>The probability of a character, or a script, that does not fit.</summary>
    public const double Unlikely = 1e-10;

    private readonly Func<long, double> termOf;
    private readonly Dictionary<long, double> known = [];

    private TokenContext(string name, Func<long, double> termOf)
    {
        this.Name = name;
        this.termOf = termOf;
    }

    /// <summary>The name, for legends.</summary>
    public string Name { get; }

    /// <summary>The fewest tokens of a string that is scored, 1 or 2; default 1.</summary>
    public int LeastTokens { get; private init; } = 1;

    /// <summary>
    /// Whether a longer string can never score higher than its last token alone, as with scripts, where one character
    /// outside decides; false by default.
    /// </summary>
    public bool LastTokenDecides { get; private init; }

    /// <summary>Text of characters that are all equally likely: base64, hexadecimal, a set of your own.</summary>
    /// <remarks>
    /// The term of a token is Σ over its characters of ln(1 / |set|), or ln 1e-10 for one outside, minus ln p(token). A
    /// token without characters has a term of −ln p(token).
    /// </remarks>
    /// <param name="name">The name, for legends.</param>
    /// <param name="characters">The set; at least one, each once.</param>
    /// <param name="pieceOf">The text of a token.</param>
    /// <param name="unigrams">How likely tokens are by themselves.</param>
    /// <param name="leastTokens">The fewest tokens of a string that is scored, 1 or 2.</param>
    /// <exception cref="ArgumentException">The set is empty, or the number of tokens is neither 1 nor 2.</exception>
    public static TokenContext Characters(
        string name, string characters, Func<long, string> pieceOf, UnigramTable unigrams, int leastTokens = 1)
    {
        ArgumentNullException.ThrowIfNull(pieceOf);
        ArgumentNullException.ThrowIfNull(unigrams);
        HashSet<char> set = [.. characters ?? string.Empty];
        if (set.Count == 0 || leastTokens is not (1 or 2))
        {
            throw new ArgumentException(
                $"TokenContext: characters must not be empty and leastTokens be 1 or 2, but there are {set.Count} and "
                + $"{leastTokens}. Name the characters of the context.");
        }

        double inside = -Math.Log(set.Count);
        double outside = Math.Log(Unlikely);
        return new TokenContext(
            name,
            token => pieceOf(token).Sum(c => set.Contains(c) ? inside : outside) - unigrams.LogProbability(token))
        {
            LeastTokens = leastTokens,
        };
    }

    /// <summary>Base64: letters, digits, + and /, each 1/64.</summary>
    /// <param name="pieceOf">The text of a token.</param>
    /// <param name="unigrams">How likely tokens are by themselves.</param>
    public static TokenContext Base64(Func<long, string> pieceOf, UnigramTable unigrams) => Characters(
        "base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", pieceOf, unigrams);

    /// <summary>Hexadecimal in lower case: each digit 1/16.</summary>
    /// <param name="pieceOf">The text of a token.</param>
    /// <param name="unigrams">How likely tokens are by themselves.</param>
    public static TokenContext Hexadecimal(Func<long, string> pieceOf, UnigramTable unigrams) =>
        Characters("hex", "0123456789abcdef", pieceOf, unigrams);

    /// <summary>DNA: A, T, C and G, each 1/4, over at least two tokens, since one letter may be anything.</summary>
    /// <param name="pieceOf">The text of a token.</param>
    /// <param name="unigrams">How likely tokens are by themselves.</param>
    public static TokenContext Dna(Func<long, string> pieceOf, UnigramTable unigrams) =>
        Characters("dna", "ATCG", pieceOf, unigrams, leastTokens: 2);

    /// <summary>Text with token frequencies of its own: the term is ln q(token) − ln p(token).</summary>
    /// <param name="name">The name, for legends.</param>
    /// <param name="context">How likely tokens are in that text; one that was never seen has 1e-10.</param>
    /// <param name="unigrams">How likely tokens are by themselves.</param>
    public static TokenContext Unigrams(string name, UnigramTable context, UnigramTable unigrams)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(unigrams);
        return new TokenContext(
            name, token => context.LogProbability(token, Unlikely) - unigrams.LogProbability(token));
    }

    /// <summary>Text in a script: ln P(script | token) − ln P(script), by Bayes.</summary>
    /// <remarks>
    /// P(script | token) is 1 where all characters are in the script's blocks, and 1e-10 otherwise, unless
    /// <paramref name="partial"/> says how often a token that is part of a character is used in the script.
    /// </remarks>
    /// <param name="script">The script.</param>
    /// <param name="share">P(script): its share of the text, above 0 and at most 1.</param>
    /// <param name="pieceOf">The text of a token.</param>
    /// <param name="partial">P(script | token) of tokens that are parts of characters; null for none.</param>
    /// <exception cref="ArgumentException">The share is outside its range.</exception>
    public static TokenContext Script(
        UnicodeScript script,
        double share,
        Func<long, string> pieceOf,
        IReadOnlyDictionary<long, double>? partial = null)
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentNullException.ThrowIfNull(pieceOf);
        if (!(share > 0) || share > 1)
        {
            throw new ArgumentException(
                $"TokenContext: share must be above 0 and at most 1, but is {share}. Count the script in a sample.");
        }

        double Probability(long token) => partial is not null && partial.TryGetValue(token, out double use)
            ? Math.Max(use, Unlikely)
            : script.HoldsAll(pieceOf(token)) ? 1 : Unlikely;
        return new TokenContext(script.Name, token => Math.Log(Probability(token)) - Math.Log(share))
        {
            LastTokenDecides = true,
        };
    }

    /// <summary>Returns what one token says for this context, in nats.</summary>
    /// <param name="tokenId">The token.</param>
    public double TermOf(long tokenId)
    {
        if (!this.known.TryGetValue(tokenId, out double term))
        {
            term = this.termOf(tokenId);
            this.known[tokenId] = term;
        }

        return term;
    }
}
