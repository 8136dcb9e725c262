namespace SaeKernels.Report;

/// <summary>On which pieces of the vocabulary a feature is active.</summary>
internal sealed class TokenPanel
{
    private const int MostTokens = 12;
    private readonly IReadOnlyList<int> pieces;
    private readonly int[] totals;

    public TokenPanel(IReadOnlyList<int> pieces, int pieceCount)
    {
        this.pieces = pieces;
        this.totals = new int[pieceCount];
        foreach (int piece in pieces)
        {
            this.totals[piece]++;
        }
    }

    /// <summary>The pieces with the largest sum of activations.</summary>
    public IReadOnlyList<PieceCount> Of(ReadOnlySpan<int> rows, ReadOnlySpan<float> values)
    {
        Dictionary<int, (int Active, double Mass)> found = [];
        for (int i = 0; i < rows.Length; i++)
        {
            int piece = this.pieces[rows[i]];
            (int active, double mass) = found.GetValueOrDefault(piece);
            found[piece] = (active + 1, mass + values[i]);
        }

        return [.. found.OrderByDescending(pair => pair.Value.Mass).ThenBy(pair => pair.Key).Take(MostTokens)
            .Select(pair => new PieceCount(pair.Key, pair.Value.Active, this.totals[pair.Key], pair.Value.Mass))];
    }
}
