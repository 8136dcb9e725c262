using SaeKernels.Numerics;

namespace SaeKernels.Metrics;

/// <summary>Quantiles of each latent's nonzero activations, in bins of fixed relative width.</summary>
/// <remarks>
/// <para>Each factor of two has <see cref="PerOctave"/> bins of equal width, read off the bits of the float32: a
/// number is within 1/128 (0.8 %) of the middle of its bin. A quantile is the middle of the bin that holds the wanted
/// rank, never outside the smallest and largest activation: its relative error is below 1/128.</para>
/// <para>Counts are integers: cutting, order and merging change nothing. Memory is the octaves that a latent has seen,
/// 512 bytes each. NaN and ∞ fall into the bin above all numbers.</para>
/// </remarks>
public sealed class QuantileBins : LatentCollector
{
    /// <summary>Bins to a factor of two.</summary>
    public const int PerOctave = FineBins.PerOctave;

    private readonly Octaves[] latents;

    /// <summary>Makes bins that have counted nothing.</summary>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    public QuantileBins(int latents)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        this.latents = new Octaves[latents];
    }

    /// <summary>The number of latents.</summary>
    public int Latents => this.latents.Length;

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        for (int entry = batch.RowOffsets[0]; entry < batch.RowOffsets[batch.Rows]; entry++)
        {
            Add(batch.Latents[entry], batch.Values[entry]);
        }
    }

    /// <summary>Counts one activation; zeros and negative numbers are left out.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="activation">The activation.</param>
    public void Add(int latent, float activation)
    {
        if (activation > 0 || float.IsNaN(activation))
        {
            this.latents[latent].Add(FineBins.IndexOf(activation), 1);
        }
    }

    /// <summary>Counts activations that share a bin of <see cref="FineBins"/>.</summary>
    internal void Add(int latent, int bin, long count)
    {
        if (count > 0)
        {
            this.latents[latent].Add(bin, count);
        }
    }

    /// <summary>Adds what other bins have counted.</summary>
    /// <param name="other">Bins of as many latents; not changed.</param>
    /// <exception cref="ArgumentException">They are of another number of latents.</exception>
    public void Merge(QuantileBins other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(QuantileBins), this.Latents, other.Latents);
        for (int latent = 0; latent < this.Latents; latent++)
        {
            Octaves from = other.latents[latent];
            for (int i = 0; i < (from.Counts?.Length ?? 0); i++)
            {
                if (from.Counts![i] > 0)
                {
                    this.latents[latent].Add((from.First * PerOctave) + i, from.Counts[i]);
                }
            }
        }
    }

    /// <summary>How many activations of a latent were counted.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public long CountOf(int latent) => this.latents[latent].Counts?.Sum() ?? 0;

    /// <summary>How many activations of a latent are at least so large; those that share its bin count.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="least">The activation; 0 for all.</param>
    public long CountFrom(int latent, float least)
    {
        int bin = least > 0 ? FineBins.IndexOf(least) : -1;
        return BinsOf(latent).Where(pair => pair.Bin >= bin).Sum(pair => pair.Count);
    }

    /// <summary>Returns a quantile of a latent's nonzero activations; NaN where there are none.</summary>
    /// <remarks>
    /// The wanted activation is the one of rank max(1, ⌈fraction · n⌉) of n by ascending size (the inverse of the
    /// empirical distribution).
    /// </remarks>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="fraction">0 to 1.</param>
    public double Quantile(int latent, double fraction)
    {
        (int bin, bool found) = BinOfQuantile(latent, fraction);
        return found ? FineBins.Middle(bin) : double.NaN;
    }

    /// <summary>
    /// Returns the lower edge of the bin that holds a quantile: at least 1 − fraction of the activations are not below
    /// it. +∞ where there are none.
    /// </summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="fraction">0 to 1.</param>
    public float LowerEdgeOfQuantile(int latent, double fraction)
    {
        (int bin, bool found) = BinOfQuantile(latent, fraction);
        return found ? FineBins.LowerEdge(bin) : float.PositiveInfinity;
    }

    /// <summary>
    /// Returns the CDF value of an activation: the share of all <paramref name="rows"/>, silent ones included, on which
    /// the latent is at most as active. Activations that share its bin count as not above it.
    /// </summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="activation">The activation; 0 gives 1 − density.</param>
    /// <param name="rows">The vectors seen, active or not.</param>
    public double CdfValue(int latent, float activation, long rows)
    {
        Octaves counted = this.latents[latent];
        long above = 0;
        int bin = activation > 0 ? FineBins.IndexOf(activation) : -1;
        for (int i = 0; i < (counted.Counts?.Length ?? 0); i++)
        {
            above += (counted.First * PerOctave) + i > bin ? counted.Counts![i] : 0;
        }

        return (rows - above) / (double)rows;
    }

    /// <summary>
    /// Returns the bins of a latent that hold activations, of those of <see cref="FineBins"/>, ascending, and how many
    /// activations each holds.
    /// </summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public IEnumerable<(int Bin, long Count)> BinsOf(int latent)
    {
        Octaves counted = this.latents[latent];
        for (int i = 0; i < (counted.Counts?.Length ?? 0); i++)
        {
            if (counted.Counts![i] > 0)
            {
                yield return ((counted.First * PerOctave) + i, counted.Counts[i]);
            }
        }
    }

    private (int Bin, bool Found) BinOfQuantile(int latent, double fraction)
    {
        Octaves counted = this.latents[latent];
        long rank = Math.Max(1, (long)Math.Ceiling(fraction * CountOf(latent)));
        for (int i = 0; i < (counted.Counts?.Length ?? 0); i++)
        {
            rank -= counted.Counts![i];
            if (rank <= 0)
            {
                return ((counted.First * PerOctave) + i, true);
            }
        }

        return (0, false);
    }

    /// <summary>The counts of consecutive octaves, from the lowest seen to the highest.</summary>
    private struct Octaves
    {
        public int First;
        public long[]? Counts;

        public void Add(int bin, long count)
        {
            int octave = bin / PerOctave;
            if (this.Counts is null)
            {
                this.First = octave;
                this.Counts = new long[PerOctave];
            }

            int last = this.First + (this.Counts.Length / PerOctave) - 1;
            if (octave < this.First || octave > last)
            {
                Grow(Math.Min(octave, this.First), Math.Max(octave, last));
            }

            this.Counts[bin - (this.First * PerOctave)] += count;
        }

        private void Grow(int first, int last)
        {
            long[] larger = new long[(last - first + 1) * PerOctave];
            this.Counts!.CopyTo(larger, (this.First - first) * PerOctave);
            this.Counts = larger;
            this.First = first;
        }
    }
}
