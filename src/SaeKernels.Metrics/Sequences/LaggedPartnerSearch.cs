namespace SaeKernels.Metrics;

/// <summary>
/// Finds, for each latent, the other one that is most correlated with it some tokens later, and some tokens earlier.
/// </summary>
/// <remarks>
/// A table of pairs is kept for as many latents as fit the memory that is allowed, and the data is gone over once for
/// each such block, as in <see cref="UniversalityPass"/>: about ⌈8 · (2 · lags + 1) · latents² / memory⌉ times. Only
/// pairs that are active together at least <see cref="LeastTogether"/> times count, so latents that are active less
/// often are left out. Counts are integers: batches change nothing.
/// </remarks>
public sealed class LaggedPartnerSearch
{
    /// <summary>
    /// The fewest pairs of tokens on which two latents are active together to be partners: two rare latents that meet
    /// once already correlate by 1 / √(a · b), and by chance some of millions of pairs meet twice or three times.
    /// </summary>
    public const int LeastTogether = 5;

    /// <summary>The largest lag in tokens, 1 to 256; default 8.</summary>
    public int MaxLag { get; init; } = 8;

    /// <summary>Bytes of the table of pairs; default 512 MB.</summary>
    public long MemoryBytes { get; init; } = 1L << 29;

    /// <summary>The most vectors of a batch, at least 1; default 2,048. No figure depends on it.</summary>
    public int Batch { get; init; } = 2048;

    /// <summary>Told after each batch how many vectors are done, block after block; null for nobody.</summary>
    public IProgress<long>? Progress { get; init; }

    /// <summary>How often the data is gone over.</summary>
    /// <param name="activeTokens">The vectors on which each latent is active.</param>
    /// <param name="of">The latents that partners are wanted for; null for all.</param>
    public int Passes(IReadOnlyList<long> activeTokens, IReadOnlyList<int>? of = null)
    {
        ArgumentNullException.ThrowIfNull(activeTokens);
        int[] others = Candidates(activeTokens, null);
        int[] wanted = Candidates(activeTokens, of);
        return wanted.Length == 0 ? 0 : (wanted.Length + BlockOf(others.Length) - 1) / BlockOf(others.Length);
    }

    /// <summary>Looks for partners of latents among all latents.</summary>
    /// <remarks>
    /// Of equal ones the smaller lag wins, then the lowest latent. A latent is no partner of its own.
    /// </remarks>
    /// <param name="sae">The model, for vectors as the source has them.</param>
    /// <param name="source">The data; without documents and positions nobody has a partner.</param>
    /// <param name="activeTokens">The vectors on which each latent is active, [DSae].</param>
    /// <param name="of">The latents that partners are wanted for; null for all.</param>
    /// <param name="cancellation">Ends a pass between two batches.</param>
    /// <exception cref="ArgumentException">
    /// Not one latent's pairs fit the memory, or the lag is out of range.
    /// </exception>
    /// <exception cref="InvalidDataException">The data has another width than the model.</exception>
    public LaggedPartners Run(
        Sae sae,
        VectorSource source,
        IReadOnlyList<long> activeTokens,
        IReadOnlyList<int>? of = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(activeTokens);
        LatentCount.RequireEqual(nameof(LaggedPartnerSearch), sae.Config.DSae, activeTokens.Count);
        LaggedPartner[] later = [.. activeTokens.Select(_ => LaggedPartner.None)];
        LaggedPartner[] earlier = [.. later];
        int[] others = Candidates(activeTokens, null);
        int[] wanted = Candidates(activeTokens, of);
        foreach (int[] block in wanted.Chunk(BlockOf(others.Length)))
        {
            CrossCorrelationMetric metric = new(activeTokens.Count, this.MaxLag, block, others);
            new LatentPass { Batch = this.Batch, Collectors = [metric], Progress = this.Progress }
                .Run(sae, source, cancellation);
            metric.CountWaiting();
            _ = Parallel.ForEach(block, latent =>
            {
                later[latent] = Best(metric, latent, others, 1);
                earlier[latent] = Best(metric, latent, others, -1);
            });
        }

        return new LaggedPartners(later, earlier);
    }

    private static int[] Candidates(IReadOnlyList<long> activeTokens, IReadOnlyList<int>? of)
    {
        IReadOnlyList<int> all = of ?? [.. Enumerable.Range(0, activeTokens.Count)];
        return [.. all.Where(latent => activeTokens[latent] >= LeastTogether)];
    }

    private int BlockOf(int others)
    {
        long bytes = (long)sizeof(long) * ((2 * this.MaxLag) + 1) * Math.Max(1, others);
        return this.MemoryBytes >= bytes
            ? (int)Math.Min(int.MaxValue, this.MemoryBytes / bytes)
            : throw new ArgumentException(
                $"LaggedPartnerSearch: MemoryBytes must be at least {bytes} for one latent, but is {this.MemoryBytes}. "
                + "Raise it, or lower MaxLag.");
    }

    private LaggedPartner Best(CrossCorrelationMetric metric, int latent, int[] others, int direction)
    {
        LaggedPartner best = LaggedPartner.None;
        for (int lag = 1; lag <= this.MaxLag; lag++)
        {
            foreach (int other in others)
            {
                if (other != latent && metric.Together(latent, other, direction * lag) >= LeastTogether)
                {
                    double correlation = metric.Correlation(latent, other, direction * lag);
                    if (correlation > (best.Latent < 0 ? 0 : best.Correlation))
                    {
                        best = new LaggedPartner(other, lag, correlation);
                    }
                }
            }
        }

        return best;
    }
}
