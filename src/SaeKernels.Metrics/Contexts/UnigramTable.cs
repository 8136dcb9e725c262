namespace SaeKernels.Metrics;

/// <summary>How likely each token is by itself: its count over all tokens.</summary>
public sealed class UnigramTable
{
    private readonly Dictionary<long, long> counts = [];

    /// <summary>The tokens counted.</summary>
    public long Total { get; private set; }

    /// <summary>The tokens counted and how often, in no order.</summary>
    public IEnumerable<KeyValuePair<long, long>> Counts => this.counts;

    /// <summary>Counts tokens.</summary>
    /// <param name="tokenIds">The tokens.</param>
    public void Add(ReadOnlySpan<long> tokenIds)
    {
        foreach (long token in tokenIds)
        {
            Add(token, 1);
        }
    }

    /// <summary>Counts a token several times.</summary>
    /// <param name="tokenId">The token.</param>
    /// <param name="count">How often; at least 0.</param>
    public void Add(long tokenId, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        this.counts[tokenId] = this.counts.GetValueOrDefault(tokenId) + count;
        this.Total += count;
    }

    /// <summary>Returns ln of a token's probability.</summary>
    /// <param name="tokenId">The token.</param>
    /// <param name="least">The probability of a token that was never counted; default 1e-10.</param>
    public double LogProbability(long tokenId, double least = 1e-10)
    {
        long count = this.counts.GetValueOrDefault(tokenId);
        return count > 0 ? Math.Log(count / (double)this.Total) : Math.Log(least);
    }
}
