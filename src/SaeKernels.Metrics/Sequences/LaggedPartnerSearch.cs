namespace SaeKernels.Metrics;

/// <summary>
/// Finds, for each latent, the other one that is most correlated with it some tokens later, and some tokens earlier.
/// </summary>
/// <remarks>
/// A table of pairs is kept for as many latents as fit the memory that is allowed, and the data is gone over once for
/// each such block, as in <see cref="UniversalityPass"/>: about ⌈8 · (2 · lags + 1) · latents² / memory⌉ times. Only
/// pairs that are active together at least <see cref="LeastTogether"/> times count, so latents that are active less
/// often are left out. Counts are integers: batches change nothing, nor does the order in which parts of the data are
/// merged that were counted by themselves (<see cref="Blocks"/>, <see cref="Count"/>, <see cref="Find"/>).
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
        return Blocks(activeTokens, of).Count;
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
        ArgumentNullException.ThrowIfNull(activeTokens);
        return Find(
            activeTokens.Count,
            Blocks(activeTokens, of).Select(
                block => Count(sae, source, activeTokens, block, cancellation: cancellation)));
    }

    /// <summary>Divides the latents that partners are wanted for into blocks that fit the memory.</summary>
    /// <param name="activeTokens">The vectors of the whole data on which each latent is active, [DSae].</param>
    /// <param name="of">The latents that partners are wanted for; null for all.</param>
    /// <exception cref="ArgumentException">Not one latent's pairs fit the memory.</exception>
    public IReadOnlyList<int[]> Blocks(IReadOnlyList<long> activeTokens, IReadOnlyList<int>? of = null)
    {
        ArgumentNullException.ThrowIfNull(activeTokens);
        return [.. Candidates(activeTokens, of).Chunk(BlockOf(Candidates(activeTokens, null).Length))];
    }

    /// <summary>Counts the pairs of a block over consecutive vectors, to be merged with those of others.</summary>
    /// <param name="sae">The model, for vectors as the source has them.</param>
    /// <param name="source">The data.</param>
    /// <param name="activeTokens">The vectors of the whole data on which each latent is active, [DSae].</param>
    /// <param name="block">One of <see cref="Blocks"/>.</param>
    /// <param name="range">First vector and number of vectors, which may cut documents; null for all.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <exception cref="ArgumentException">The lag is out of range, or there are other latents.</exception>
    /// <exception cref="InvalidDataException">The data has another width than the model.</exception>
    public CrossCorrelationMetric Count(
        Sae sae,
        VectorSource source,
        IReadOnlyList<long> activeTokens,
        IReadOnlyList<int> block,
        (long First, long Rows)? range = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(sae);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(activeTokens);
        LatentCount.RequireEqual(nameof(LaggedPartnerSearch), sae.Config.DSae, activeTokens.Count);
        CrossCorrelationMetric metric = new(activeTokens.Count, this.MaxLag, block, Candidates(activeTokens, null));
        new LatentPass { Batch = this.Batch, Collectors = [metric], Progress = this.Progress }
            .Run(sae, source, range?.First ?? 0, range?.Rows ?? source.Count, cancellation);
        return metric;
    }

    /// <summary>Finds the partners, once the parts of each block are merged.</summary>
    /// <param name="latents">The number of latents, DSae.</param>
    /// <param name="blocks">The counts of each block; read one at a time.</param>
    public LaggedPartners Find(int latents, IEnumerable<CrossCorrelationMetric> blocks)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        LaggedPartner[] later = [.. Enumerable.Repeat(LaggedPartner.None, latents)];
        LaggedPartner[] earlier = [.. later];
        foreach (CrossCorrelationMetric metric in blocks)
        {
            metric.CountWaiting();
            _ = Parallel.ForEach(metric.Of, latent =>
            {
                later[latent] = Best(metric, latent, 1);
                earlier[latent] = Best(metric, latent, -1);
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

    private LaggedPartner Best(CrossCorrelationMetric metric, int latent, int direction)
    {
        LaggedPartner best = LaggedPartner.None;
        for (int lag = 1; lag <= this.MaxLag; lag++)
        {
            foreach (int other in metric.Others)
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
