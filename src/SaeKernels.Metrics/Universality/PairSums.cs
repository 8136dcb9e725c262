using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>
/// What <see cref="UniversalityPass"/> sums over a part of the data, for some latents of the first model and all of the
/// second. Parts are merged in any order; sums agree with those of one pass up to float64 rounding.
/// </summary>
public sealed class PairSums
{
    private readonly PairSnapshot pairs;
    private LatentStatisticsSnapshot first;
    private LatentStatisticsSnapshot second;

    internal PairSums(
        LatentStatisticsSnapshot first, LatentStatisticsSnapshot second, int from, PairSnapshot pairs)
    {
        this.From = from;
        this.first = first;
        this.second = second;
        this.pairs = pairs;
    }

    /// <summary>The first of the latents of the first model.</summary>
    public int From { get; }

    /// <summary>How many latents of the first model.</summary>
    public int Count => this.pairs.Count;

    /// <summary>Adds what was summed over other vectors.</summary>
    /// <param name="other">Sums of the same models and latents; not changed.</param>
    /// <exception cref="ArgumentException">They are of other latents.</exception>
    public void Merge(PairSums other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if ((other.From, other.Count) != (this.From, this.Count))
        {
            throw new ArgumentException(
                $"PairSums: both sides must be of the latents {this.From} to {this.From + this.Count - 1}, but the "
                + $"other is of {other.From} to {other.From + other.Count - 1}. Merge parts of the same latents.");
        }

        this.first = LatentTotals.Merge(this.first, other.first);
        this.second = LatentTotals.Merge(this.second, other.second);
        this.pairs.Add(other.pairs);
    }

    /// <summary>Finds the best partners, once all parts are merged.</summary>
    /// <param name="blocks">
    /// Sums of all latents of the first model, in blocks that follow each other; read one at a time.
    /// </param>
    /// <param name="edgesFrom">As <see cref="UniversalityPass.EdgesFrom"/>.</param>
    /// <exception cref="ArgumentException">Blocks are missing, or do not follow each other.</exception>
    public static PairedLatents Compare(IEnumerable<PairSums> blocks, double edgesFrom = double.NaN)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        PairSearch? search = null;
        int next = 0;
        int latents = 0;
        foreach (PairSums block in blocks)
        {
            search ??= new PairSearch(block.first, block.second, edgesFrom);
            latents = block.first.Counts.Count;
            RequireNext(block.From == next, next, latents);
            search.Look(block.From, block.pairs);
            next += block.Count;
        }

        RequireNext(search is not null && next == latents, next, latents);
        return search!.Result;
    }

    private static void RequireNext(bool isThere, int next, int latents)
    {
        if (!isThere)
        {
            throw new ArgumentException(
                $"PairSums: blocks must follow each other from latent 0 to the last one of {latents}, but latent "
                + $"{next} does not come next. Sum it too.");
        }
    }
}
