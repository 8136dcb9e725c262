using System.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Counts of everything about sequences that no later row can change.</summary>
internal sealed class SequenceTotals
{
    public SequenceTotals(int latents, IReadOnlyList<int> lags)
    {
        this.Lags = lags;
        this.Active = new long[latents];
        this.ActiveDocuments = new long[latents];
        this.Runs = new long[latents];
        this.RunTokens = new long[latents];
        this.LongestRun = new long[latents];
        this.Pairs = new long[lags.Count];
        this.Both = new long[lags.Count * latents];
        this.WithoutEarlier = new long[lags.Count * latents];
        this.WithoutLater = new long[lags.Count * latents];
    }

    public IReadOnlyList<int> Lags { get; }

    public int Latents => this.Active.Length;

    public long Documents { get; private set; }

    public long[] Active { get; }

    public long[] ActiveDocuments { get; }

    public long[] Runs { get; }

    public long[] RunTokens { get; }

    public long[] LongestRun { get; }

    /// <summary>For each lag, the pairs of tokens of one document that far apart.</summary>
    public long[] Pairs { get; }

    /// <summary>For each lag and latent, the pairs in which it is active on both tokens.</summary>
    public long[] Both { get; }

    /// <summary>For each lag and latent, its active tokens that have no token so much earlier.</summary>
    public long[] WithoutEarlier { get; }

    /// <summary>For each lag and latent, its active tokens that have no token so much later.</summary>
    public long[] WithoutLater { get; }

    public int PlaceOf(int lag, int latent) => (lag * this.Latents) + latent;

    public void CountRun(int latent, long length)
    {
        if (length > 0)
        {
            this.Runs[latent]++;
            this.RunTokens[latent] += length;
            this.LongestRun[latent] = Math.Max(this.LongestRun[latent], length);
        }
    }

    /// <summary>Counts the pairs of this token and earlier ones; bit j of the history is j tokens ago.</summary>
    public void CountPairs(int latent, ulong history)
    {
        for (int lag = 0; lag < this.Lags.Count; lag++)
        {
            this.Both[PlaceOf(lag, latent)] += (long)((history >> this.Lags[lag]) & 1);
        }
    }

    /// <summary>Counts a document of which nothing is open any more, but not yet its latents.</summary>
    public void CountDocument(long length)
    {
        this.Documents++;
        for (int lag = 0; lag < this.Lags.Count; lag++)
        {
            this.Pairs[lag] += Math.Max(0, length - this.Lags[lag]);
        }
    }

    /// <summary>Counts active tokens too near to the beginning or the end of their document to be in pairs.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="head">Bit j: active on token j of the document.</param>
    /// <param name="tail">Bit j: active j tokens before its last one.</param>
    public void CountEdges(int latent, ulong head, ulong tail)
    {
        for (int lag = 0; lag < this.Lags.Count; lag++)
        {
            ulong near = (1UL << this.Lags[lag]) - 1;
            this.WithoutEarlier[PlaceOf(lag, latent)] += BitOperations.PopCount(head & near);
            this.WithoutLater[PlaceOf(lag, latent)] += BitOperations.PopCount(tail & near);
        }
    }

    public void Add(SequenceTotals other)
    {
        this.Documents += other.Documents;
        AddTo(this.Active, other.Active);
        AddTo(this.ActiveDocuments, other.ActiveDocuments);
        AddTo(this.Runs, other.Runs);
        AddTo(this.RunTokens, other.RunTokens);
        AddTo(this.Pairs, other.Pairs);
        AddTo(this.Both, other.Both);
        AddTo(this.WithoutEarlier, other.WithoutEarlier);
        AddTo(this.WithoutLater, other.WithoutLater);
        for (int latent = 0; latent < this.Latents; latent++)
        {
            this.LongestRun[latent] = Math.Max(this.LongestRun[latent], other.LongestRun[latent]);
        }
    }

    private static void AddTo(long[] sums, long[] others)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += others[i];
        }
    }
}
