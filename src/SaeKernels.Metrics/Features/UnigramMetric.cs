namespace SaeKernels.Metrics;

/// <summary>Whether a latent is about a few tokens, whatever stands around them.</summary>
/// <remarks>
/// <para>It looks at a latent's strongest activations: those not below a bound that a first pass found,
/// <see cref="QuantileBins.LowerEdgeOfQuantile"/> at 0.2, so at least 80 % of them. A latent is a unigram feature where
/// these are on at most 20 different tokens (EleutherAI, "Open source automated interpretability", 2024).</para>
/// <para>Tokens are counted exactly up to <see cref="MostTokens"/>; the share of the most frequent one is estimated
/// from a uniform sample of at most <see cref="SampleSize"/> of these activations, all of them where there are not
/// more; the standard error is at most 0.045. The sample is that of the lowest counter-based hashes of the rows. So
/// nothing depends on batches, order or shards. Memory is 6 KB an active latent.</para>
/// </remarks>
public sealed class UnigramMetric : LatentCollector
{
    /// <summary>Different tokens that are told apart; a latent with more has no unigram.</summary>
    public const int MostTokens = 20;

    /// <summary>The most activations of a latent from which its purity is estimated.</summary>
    public const int SampleSize = 128;

    private readonly IReadOnlyList<float> atLeast;
    private readonly HashSet<long>?[] tokens;
    private readonly LowestHashes<long>[] samples;
    private bool hasTokens;

    /// <summary>Makes a metric that has seen nothing.</summary>
    /// <param name="atLeast">The bound of the activations that count, one a latent, [DSae].</param>
    public UnigramMetric(IReadOnlyList<float> atLeast)
    {
        ArgumentNullException.ThrowIfNull(atLeast);
        this.atLeast = atLeast;
        this.tokens = new HashSet<long>?[atLeast.Count];
        this.samples = new LowestHashes<long>[atLeast.Count];
    }

    /// <summary>The number of latents.</summary>
    public int Latents => this.atLeast.Count;

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        if (batch.TokenIds.IsEmpty)
        {
            return;
        }

        this.hasTokens = true;
        for (int row = 0; row < batch.Rows; row++)
        {
            long number = batch.FirstRow + row;
            ulong hash = RowHash.Of(0, number);
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                int latent = batch.Latents[entry];
                if (batch.Values[entry] > 0 && batch.Values[entry] >= this.atLeast[latent])
                {
                    AddToken(latent, batch.TokenIds[row]);
                    this.samples[latent].Add(hash, number, batch.TokenIds[row], SampleSize);
                }
            }
        }
    }

    /// <summary>Adds what another metric saw of other rows.</summary>
    /// <param name="other">A metric with the same bounds; not changed.</param>
    /// <exception cref="ArgumentException">Its bounds are others.</exception>
    public void Merge(UnigramMetric other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(UnigramMetric), this.Latents, other.Latents);
        if (!other.atLeast.SequenceEqual(this.atLeast))
        {
            throw new ArgumentException(
                "UnigramMetric: both sides must have the same bounds, but do not. Take them from one first pass.");
        }

        this.hasTokens |= other.hasTokens;
        for (int latent = 0; latent < this.Latents; latent++)
        {
            foreach (long token in other.tokens[latent] ?? [])
            {
                AddToken(latent, token);
            }

            this.samples[latent].Add(other.samples[latent], SampleSize);
        }
    }

    /// <summary>
    /// Returns how many different tokens a latent's strong activations are on; <see cref="MostTokens"/> + 1 means more
    /// than <see cref="MostTokens"/>, −1 that the data has no tokens.
    /// </summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public int TokensOf(int latent) => this.hasTokens ? this.tokens[latent]?.Count ?? 0 : -1;

    /// <summary>
    /// Returns the share of the most frequent token among a latent's strong activations, 0 to 1; NaN without any.
    /// </summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public double PurityOf(int latent)
    {
        long[] sample = [.. this.samples[latent].ByRow().Select(entry => entry.Item)];
        return sample.Length == 0
            ? double.NaN
            : sample.GroupBy(token => token).Max(group => group.Count()) / (double)sample.Length;
    }

    private void AddToken(int latent, long token)
    {
        HashSet<long> seen = this.tokens[latent] ??= [];
        // One token more than are told apart says that there are more; which one does not matter.
        if (seen.Count <= MostTokens)
        {
            _ = seen.Add(token);
        }
    }
}
