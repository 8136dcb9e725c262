using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>Compares the latents of two models by their activations on the same tokens.</summary>
/// <remarks>
/// The first model's device keeps sums over pairs of latents, for as many latents of the first model as fit the memory
/// that is allowed, and the data is gone over once for each such block: ⌈24 · DSae₁ · DSae₂ / memory⌉ times. Only pairs
/// that are active together cost time. Rows are summed in ascending order: batches change nothing.
/// </remarks>
public sealed class UniversalityPass
{
    private const int BytesOfPair = 3 * sizeof(double);
    private const int MostEntries = 1 << 22;
    private const int LatentsReadAtOnce = 64;

    /// <summary>The most vectors of a batch, at least 1; default 2,048. No figure depends on it.</summary>
    public int Batch { get; init; } = 2048;

    /// <summary>Bytes of the sums over pairs; default 512 MiB.</summary>
    public long MemoryBytes { get; init; } = 1L << 29;

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

        LatentPass.RequireWidth(first, source);
        LatentPass.RequireWidth(second, source);
        using ModelPair models = new(first, second);
        PairSearch? search = null;
        for (int from = 0; from < first.Config.DSae; from += block)
        {
            int count = Math.Min(block, first.Config.DSae - from);
            using PairStatistics pairs = models.CreatePairStatistics(from, count);
            GoOver(models, source, pairs, isFirst: from == 0, cancellation);
            search ??= new PairSearch(models.ReadFirst(), models.ReadSecond(), this.EdgesFrom);
            for (int place = 0; place < count; place += LatentsReadAtOnce)
            {
                search.Look(from + place, pairs.Read(place, Math.Min(LatentsReadAtOnce, count - place)));
            }
        }

        return search!.Result;
    }

    /// <summary>Sums over a part of the data, to be merged with the sums over others.</summary>
    /// <param name="first">The one model.</param>
    /// <param name="second">The other.</param>
    /// <param name="source">The part, as wide as both.</param>
    /// <param name="from">The first of the latents of the first model whose pairs are summed.</param>
    /// <param name="count">How many; 24 · count · DSae₂ bytes.</param>
    /// <param name="cancellation">Ends the pass between two batches.</param>
    /// <exception cref="ArgumentOutOfRangeException">The first model lacks such latents.</exception>
    /// <exception cref="InvalidDataException">The data has another width than a model.</exception>
    public PairSums Sum(
        Sae first, Sae second, VectorSource source, int from, int count, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, first.Config.DSae - from);
        LatentPass.RequireWidth(first, source);
        LatentPass.RequireWidth(second, source);
        using ModelPair models = new(first, second);
        using PairStatistics pairs = models.CreatePairStatistics(from, count);
        GoOver(models, source, pairs, isFirst: true, cancellation);
        return new PairSums(models.ReadFirst(), models.ReadSecond(), from, pairs.Read(0, count));
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

    private void GoOver(
        ModelPair models, VectorSource source, PairStatistics pairs, bool isFirst, CancellationToken cancellation)
    {
        int fitting = Math.Max(1, MostEntries / models.MostActive);
        int batch = (int)Math.Min(source.Count, Math.Min(this.Batch, fitting));
        models.Begin(source, batch);
        for (long done = 0; done < source.Count; done += batch)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = (int)Math.Min(batch, source.Count - done);
            models.Add(done, count, pairs, isFirst);
            this.Progress?.Report(done + count);
        }
    }
}
