using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Compares the latents of two models by their activations on the same tokens.</summary>
/// <remarks>
/// A table of sums over pairs of latents is kept for as many latents of the first model as fit the memory that is
/// allowed, and the data is gone over once for each such block: ⌈24 · DSae₁ · DSae₂ / memory⌉ times. Only pairs that
/// are active together cost time. Sums are float64, rows ascending: batches change nothing.
/// </remarks>
public sealed class UniversalityPass
{
    private const int BytesOfPair = 3 * sizeof(double);
    private const int MostEntries = 1 << 22;

    /// <summary>The most vectors of a batch, at least 1; default 2,048. No figure depends on it.</summary>
    public int Batch { get; init; } = 2048;

    /// <summary>Bytes of the table of pairs; default 256 MB.</summary>
    public long MemoryBytes { get; init; } = 1L << 28;

    /// <summary>
    /// The least masked cosine of a pair that <see cref="PairedLatents.Edges"/> lists, above 0; NaN, the default, for
    /// none. Bricken et al. 2023 draw edges from about 0.4 on.
    /// </summary>
    public double EdgesFrom { get; init; } = double.NaN;

    /// <summary>Told after each batch how many vectors are done, block after block; null for nobody.</summary>
    public IProgress<long>? Progress { get; init; }

    /// <summary>Compares two models.</summary>
    /// <param name="first">The one model.</param>
    /// <param name="second">The other; it may be the same, and of another backend.</param>
    /// <param name="source">The data, as wide as both.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <exception cref="InvalidDataException">The data has another width than a model.</exception>
    /// <exception cref="ArgumentException">Not one latent's pairs fit the memory.</exception>
    public PairedLatents Run(
        Sae first, Sae second, VectorSource source, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(source);
        int block = BlockOf(first, second);
        if (block < 1 || this.Batch < 1 || this.EdgesFrom <= 0)
        {
            throw new ArgumentException(
                $"UniversalityPass: MemoryBytes must be at least {(long)BytesOfPair * second.Config.DSae} for one "
                + $"latent, Batch at least 1 and EdgesFrom above 0, but they are {this.MemoryBytes}, {this.Batch} and "
                + $"{this.EdgesFrom}. Raise them.");
        }

        LatentStatisticsSnapshot firstSums = Statistics(first, source, cancellation);
        LatentStatisticsSnapshot secondSums = Statistics(second, source, cancellation);
        PairSearch search = new(firstSums, secondSums, this.EdgesFrom);
        for (int from = 0; from < first.Config.DSae; from += block)
        {
            PairTable table = new(from, Math.Min(block, first.Config.DSae - from), second.Config.DSae);
            GoOver(first, second, source, table, cancellation);
            search.Look(table);
        }

        return search.Result;
    }

    /// <summary>Sums over a part of the data, to be merged with the sums over others.</summary>
    /// <param name="first">The one model.</param>
    /// <param name="second">The other.</param>
    /// <param name="source">The part, as wide as both.</param>
    /// <param name="from">The first of the latents of the first model whose pairs are summed.</param>
    /// <param name="count">How many; 24 · count · DSae₂ bytes.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <exception cref="ArgumentOutOfRangeException">The first model lacks such latents.</exception>
    public PairSums Sum(
        Sae first, Sae second, VectorSource source, int from, int count, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, first.Config.DSae - from);
        PairTable table = new(from, count, second.Config.DSae);
        GoOver(first, second, source, table, cancellation);
        return new PairSums(
            Statistics(first, source, cancellation), Statistics(second, source, cancellation), table);
    }

    /// <summary>How often <see cref="Progress"/> is told of all vectors: once a block.</summary>
    /// <param name="first">The one model.</param>
    /// <param name="second">The other.</param>
    public int Blocks(Sae first, Sae second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        int block = Math.Max(1, BlockOf(first, second));
        return (first.Config.DSae + block - 1) / block;
    }

    private int BlockOf(Sae first, Sae second) =>
        (int)Math.Min(first.Config.DSae, this.MemoryBytes / BytesOfPair / second.Config.DSae);

    private LatentStatisticsSnapshot Statistics(Sae sae, VectorSource source, CancellationToken cancellation)
    {
        using LatentStatistics statistics = sae.Backend.CreateLatentStatistics(sae.Config.DSae);
        new LatentPass { Batch = this.Batch, Statistics = statistics }.Run(sae, source, cancellation);
        return statistics.Read();
    }

    private void GoOver(
        Sae first, Sae second, VectorSource source, PairTable table, CancellationToken cancellation)
    {
        int fitting = Math.Max(1, MostEntries / Math.Max(first.MostActive, second.MostActive));
        int batch = (int)Math.Min(source.Count, Math.Min(this.Batch, fitting));
        using BatchMemory firstMemory = new(first, source, batch, decodes: false);
        using BatchMemory secondMemory = new(second, source, batch, decodes: false);
        for (long done = 0; done < source.Count; done += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(batch, source.Count - done);
            firstMemory.Encode(done, count);
            secondMemory.Encode(done, count);
            table.Add(firstMemory.Download(done, count), secondMemory.Download(done, count));
            this.Progress?.Report(done + count);
        }
    }
}
