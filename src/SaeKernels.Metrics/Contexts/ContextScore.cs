namespace SaeKernels.Metrics;

/// <summary>The score of each token: the largest ln P(s | context) / P(s) of all strings s that end with it.</summary>
/// <remarks>
/// The score of a string is the sum of its tokens' terms, so the largest one over all beginnings is a recursion,
/// L = term + max(0, L of the token before), and with at least two tokens term + term before + max(0, L before that);
/// where the last token decides, the term alone. Strings begin inside the document. A first token of which two are
/// needed scores −∞. Tokens come in order; where a part of the data begins inside a document, score the earlier tokens
/// of that document first.
/// </remarks>
public sealed class ContextScore
{
    private readonly TokenContext context;
    private TokenPlace last;
    private bool hasLast;
    private double lastTerm;
    private double lastLargest;
    private double earlierLargest;
    private long length;

    /// <summary>Begins before the first token.</summary>
    /// <param name="context">The context.</param>
    public ContextScore(TokenContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        this.context = context;
    }

    /// <summary>Returns the score of the next token, in nats.</summary>
    /// <param name="tokenId">The token.</param>
    /// <param name="documentId">Its document; null where the data does not say.</param>
    /// <param name="position">Its position there; null where the data does not say.</param>
    public double Next(long tokenId, long? documentId, long? position)
    {
        TokenPlace place = new(documentId, position);
        if (!this.hasLast || !place.Follows(this.last))
        {
            this.length = 0;
        }

        double term = this.context.TermOf(tokenId);
        double largest = term + (this.length > 0 ? Math.Max(0, this.lastLargest) : 0);
        double score = this.context.LastTokenDecides ? term
            : this.context.LeastTokens == 1 ? largest
            : this.length == 0 ? double.NegativeInfinity
            : term + this.lastTerm + (this.length > 1 ? Math.Max(0, this.earlierLargest) : 0);
        this.earlierLargest = this.lastLargest;
        this.lastLargest = largest;
        this.lastTerm = term;
        this.last = place;
        this.hasLast = true;
        this.length++;
        return score;
    }

    /// <summary>Returns the scores of a batch's tokens.</summary>
    /// <param name="batch">The tokens.</param>
    /// <exception cref="ArgumentException">The data has no tokens.</exception>
    public double[] Next(in BatchTokens batch)
    {
        if (batch.TokenIds.Length != batch.Rows)
        {
            throw new ArgumentException(
                "ContextScore: the data must have a token for each vector, but has none. Add token_ids to every file.");
        }

        double[] scores = new double[batch.Rows];
        for (int row = 0; row < scores.Length; row++)
        {
            scores[row] = Next(
                batch.TokenIds[row],
                batch.DocumentIds.IsEmpty ? null : batch.DocumentIds[row],
                batch.Positions.IsEmpty ? null : batch.Positions[row]);
        }

        return scores;
    }
}
