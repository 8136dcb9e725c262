namespace SaeKernels.Metrics;

/// <summary>A uniform sample of the vectors on which each latent is active.</summary>
/// <remarks>
/// Every row has a random number that depends on the seed and the row alone (Philox); the rows with the lowest numbers
/// are the sample. So the sample does not depend on batches, order or shards, and all latents that are active on the
/// same rows have the same sample. Memory is O(active latents · count).
/// </remarks>
public sealed class SampledExamples : LatentCollector
{
    private readonly LowestHashes<float>[] samples;
    private readonly ulong seed;

    /// <summary>Makes an empty sample.</summary>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <param name="count">The most examples of each latent; at least 1.</param>
    /// <param name="seed">Another seed draws another sample; default 0.</param>
    public SampledExamples(int latents, int count, ulong seed = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        this.samples = new LowestHashes<float>[latents];
        this.Count = count;
        this.seed = seed;
    }

    /// <summary>The number of latents.</summary>
    public int Latents => this.samples.Length;

    /// <summary>The most examples of each latent.</summary>
    public int Count { get; }

    /// <summary>
    /// Only activations of at least this are sampled, one bound a latent, [DSae]; null, the default, for all nonzero
    /// ones.
    /// </summary>
    public IReadOnlyList<float>? AtLeast { get; init; }

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            ulong hash = RowHash.Of(this.seed, batch.FirstRow + row);
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                float value = batch.Values[entry];
                int latent = batch.Latents[entry];
                if (value > 0 && (this.AtLeast is null || value >= this.AtLeast[latent]))
                {
                    this.samples[latent].Add(hash, batch.FirstRow + row, value, this.Count);
                }
            }
        }
    }

    /// <summary>Adds a sample of other rows.</summary>
    /// <param name="other">A sample with the same seed and count; not changed.</param>
    /// <exception cref="ArgumentException">It is of another number of latents, count or seed.</exception>
    public void Merge(SampledExamples other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(SampledExamples), this.Latents, other.Latents);
        if (other.Count != this.Count || other.seed != this.seed)
        {
            throw new ArgumentException(
                $"SampledExamples: both sides must have count {this.Count} and seed {this.seed}, but the other one has "
                + $"{other.Count} and {other.seed}. Merge parts of one pass.");
        }

        for (int latent = 0; latent < this.Latents; latent++)
        {
            this.samples[latent].Add(other.samples[latent], this.Count);
        }
    }

    /// <summary>Returns a latent's sample by ascending row.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public IReadOnlyList<TopExample> Of(int latent) =>
        [.. this.samples[latent].ByRow().Select(entry => new TopExample(entry.Row, entry.Item))];
}
