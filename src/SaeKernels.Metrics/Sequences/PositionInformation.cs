using System.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Mutual information of a latent being active and the position in the document.</summary>
/// <remarks>
/// <para>Positions 0 to 63 have a bin each; above, every factor of two has 16 bins of equal width. The estimate is the
/// plain one of the counts: a latent that has nothing to do with position gets about (P − 1) / (2 · N · ln 2) bits with
/// P bins in use and N vectors, <see cref="Bias"/>. Source: Voita, Ferrando, Nalmpantis 2023, arXiv:2309.04827, where
/// 0.05 is the bar of a positional neuron.</para>
/// <para>Counts are integers: cutting, order and merging change nothing. Memory is O(active latents · bins).</para>
/// </remarks>
public sealed class PositionInformation : LatentCollector
{
    private const int Singles = 64;
    private const int SinglesLog2 = 6;
    private const int PerOctave = 16;
    private const int PerOctaveLog2 = 4;
    private readonly long[]?[] active;
    private long[] tokens = [];

    /// <summary>Makes a metric that has seen nothing.</summary>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    public PositionInformation(int latents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        this.active = new long[]?[latents];
    }

    /// <summary>The number of latents.</summary>
    public int Latents => this.active.Length;

    /// <summary>The vectors whose position is known.</summary>
    public long Tokens => this.tokens.Sum();

    /// <summary>
    /// Bits that a latent gets which has nothing to do with position, in the mean; NaN without positions.
    /// </summary>
    public double Bias => (this.tokens.Count(count => count > 0) - 1) / (2 * this.Tokens * Math.Log(2));

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        if (batch.Positions.IsEmpty)
        {
            return;
        }

        for (int row = 0; row < batch.Rows; row++)
        {
            int bin = BinOf(batch.Positions[row]);
            Count(ref this.tokens, bin, 1);
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                if (batch.Values[entry] != 0)
                {
                    ref long[]? counts = ref this.active[batch.Latents[entry]];
                    counts ??= [];
                    Count(ref counts, bin, 1);
                }
            }
        }
    }

    /// <summary>Adds what another metric saw of other rows.</summary>
    /// <param name="other">A metric with as many latents; not changed.</param>
    /// <exception cref="ArgumentException">It has another number of latents.</exception>
    public void Merge(PositionInformation other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(PositionInformation), this.Latents, other.Latents);
        AddTo(ref this.tokens, other.tokens);
        for (int latent = 0; latent < this.Latents; latent++)
        {
            if (other.active[latent] is long[] counts)
            {
                ref long[]? mine = ref this.active[latent];
                mine ??= [];
                AddTo(ref mine, counts);
            }
        }
    }

    /// <summary>Adds the vectors of a bin of positions.</summary>
    /// <param name="bin">The bin.</param>
    /// <param name="vectors">How many vectors there are.</param>
    /// <param name="activeVectors">On how many each latent is active, [DSae].</param>
    internal void Add(int bin, long vectors, ReadOnlySpan<long> activeVectors)
    {
        Count(ref this.tokens, bin, vectors);
        for (int latent = 0; latent < this.Latents; latent++)
        {
            if (activeVectors[latent] > 0)
            {
                ref long[]? counts = ref this.active[latent];
                counts ??= [];
                Count(ref counts, bin, activeVectors[latent]);
            }
        }
    }

    /// <summary>
    /// Returns I(active; position) of a latent in bits: 0 to the entropy of being active. NaN without positions.
    /// </summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public double Of(int latent)
    {
        long total = this.Tokens;
        if (total == 0)
        {
            return double.NaN;
        }

        long[] counts = this.active[latent] ?? [];
        double density = counts.Sum() / (double)total;
        double conditional = 0;
        for (int bin = 0; bin < this.tokens.Length; bin++)
        {
            if (this.tokens[bin] > 0)
            {
                double share = (bin < counts.Length ? counts[bin] : 0) / (double)this.tokens[bin];
                conditional += this.tokens[bin] / (double)total * HistogramEntropy.OfChoice(share);
            }
        }

        return Math.Max(0, HistogramEntropy.OfChoice(density) - conditional);
    }

    internal static int BinOf(long position)
    {
        if (position < Singles)
        {
            return (int)Math.Max(0, position);
        }

        int octave = BitOperations.Log2((ulong)position);
        int part = (int)((position >> (octave - PerOctaveLog2)) & (PerOctave - 1));
        return Singles + ((octave - SinglesLog2) * PerOctave) + part;
    }

    internal static void Count(ref long[] counts, int bin, long count)
    {
        if (bin >= counts.Length)
        {
            Array.Resize(ref counts, (bin / PerOctave * PerOctave) + PerOctave);
        }

        counts[bin] += count;
    }

    private static void AddTo(ref long[] sums, long[] others)
    {
        for (int bin = 0; bin < others.Length; bin++)
        {
            if (others[bin] > 0)
            {
                Count(ref sums, bin, others[bin]);
            }
        }
    }
}
