namespace SaeKernels.Metrics;

/// <summary>
/// Value intervals: [0, max] of each latent cut into intervals of equal width, how many activations fall into each, and
/// a uniform sample of them.
/// </summary>
/// <remarks>
/// <para>One of three things that are called quantile; the others are <see cref="RankDeciles"/> and
/// <see cref="QuantileBins.CdfValue"/>. Interval i holds the activations z with i = ⌊z · intervals / max⌋ in float64,
/// and z = max the last one. Bricken et al. 2023 cut 11 intervals in one place and name 12 + 1 and 10 in others;
/// sae_vis cuts 10.</para>
/// <para>The maxima are those of a first pass; an activation above its maximum falls into the last interval. Counts of
/// a latent sum to its nonzero activations. Samples are the rows of the lowest counter-based hashes, as in
/// <see cref="SampledExamples"/>. Memory is O(active latents · intervals · count).</para>
/// </remarks>
public sealed class ValueIntervals : LatentCollector
{
    private readonly IReadOnlyList<float> maxima;
    private readonly long[] counts;
    private readonly LowestHashes<float>[] samples;
    private readonly ulong seed;

    /// <summary>Makes empty intervals.</summary>
    /// <param name="maxima">The largest activation of each latent, [DSae]; 0 where it was never active.</param>
    /// <param name="intervals">How many intervals; at least 1.</param>
    /// <param name="count">The most examples of each interval; 0 for counts alone.</param>
    /// <param name="seed">Another seed draws another sample; default 0.</param>
    public ValueIntervals(IReadOnlyList<float> maxima, int intervals, int count, ulong seed = 0)
    {
        ArgumentNullException.ThrowIfNull(maxima);
        ArgumentOutOfRangeException.ThrowIfLessThan(intervals, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        this.maxima = maxima;
        this.Intervals = intervals;
        this.Count = count;
        this.seed = seed;
        this.counts = new long[checked(maxima.Count * intervals)];
        this.samples = new LowestHashes<float>[count > 0 ? this.counts.Length : 0];
    }

    /// <summary>The number of latents.</summary>
    public int Latents => this.maxima.Count;

    /// <summary>How many intervals there are.</summary>
    public int Intervals { get; }

    /// <summary>The most examples of each interval.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        for (int row = 0; row < batch.Rows; row++)
        {
            ulong hash = RowHash.Of(this.seed, batch.FirstRow + row);
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                float value = batch.Values[entry];
                if (value > 0)
                {
                    int place = PlaceOf(batch.Latents[entry], value);
                    this.counts[place]++;
                    if (this.Count > 0)
                    {
                        this.samples[place].Add(hash, batch.FirstRow + row, value, this.Count);
                    }
                }
            }
        }
    }

    /// <summary>Adds intervals of other rows.</summary>
    /// <param name="other">Intervals made with the same maxima, numbers and seed; not changed.</param>
    /// <exception cref="ArgumentException">They were made otherwise.</exception>
    public void Merge(ValueIntervals other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(ValueIntervals), this.Latents, other.Latents);
        if (other.Intervals != this.Intervals || other.Count != this.Count || other.seed != this.seed
            || !other.maxima.SequenceEqual(this.maxima))
        {
            throw new ArgumentException(
                $"ValueIntervals: both sides must have {this.Intervals} intervals, count {this.Count}, seed "
                + $"{this.seed} and the same maxima, but the other one has {other.Intervals}, {other.Count}, "
                + $"{other.seed} or other maxima. Merge parts of one pass.");
        }

        for (int place = 0; place < this.counts.Length; place++)
        {
            this.counts[place] += other.counts[place];
            if (this.Count > 0)
            {
                this.samples[place].Add(other.samples[place], this.Count);
            }
        }
    }

    /// <summary>Returns the edges of an interval in units of the activation.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="interval">0, the lowest, to <see cref="Intervals"/> − 1.</param>
    public (double Low, double High) EdgesOf(int latent, int interval)
    {
        double width = (double)this.maxima[latent] / this.Intervals;
        return (interval * width, interval == this.Intervals - 1 ? this.maxima[latent] : (interval + 1) * width);
    }

    /// <summary>Returns how many activations fell into an interval.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="interval">0, the lowest, to <see cref="Intervals"/> − 1.</param>
    public long CountOf(int latent, int interval) => this.counts[IndexOf(latent, interval)];

    /// <summary>Returns the sample of an interval by ascending row.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="interval">0, the lowest, to <see cref="Intervals"/> − 1.</param>
    public IReadOnlyList<TopExample> Of(int latent, int interval)
    {
        int place = IndexOf(latent, interval);
        return this.Count == 0
            ? []
            : [.. this.samples[place].ByRow().Select(entry => new TopExample(entry.Row, entry.Item))];
    }

    private int PlaceOf(int latent, float value)
    {
        double place = (double)value * this.Intervals / this.maxima[latent];
        return (latent * this.Intervals) + (place < this.Intervals ? (int)place : this.Intervals - 1);
    }

    private int IndexOf(int latent, int interval)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(interval);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(interval, this.Intervals);
        return (latent * this.Intervals) + interval;
    }
}
