namespace SaeKernels.Metrics;

/// <summary>Tells which features are truly active in a vector.</summary>
/// <param name="row">The number of the vector in the data.</param>
/// <param name="features">Empty; receives the features.</param>
public delegate void ReadTrueFeatures(long row, List<int> features);

/// <summary>
/// Counts how often each latent fires with, without, and in the absence of the true feature that its decoder row
/// resembles most.
/// </summary>
/// <remarks>
/// A latent's feature is the one with the largest |cos| between directions, the first of equals; several latents may
/// share one. Firing is an activation above 0. Means over latents are unweighted. Source: SynthSAEBench,
/// arXiv:2602.14687.
/// </remarks>
public sealed class FeatureRecovery : LatentCollector
{
    private readonly ReadTrueFeatures read;
    private readonly int[] featureOfLatent;
    private readonly long[] fired;
    private readonly long[] hits;
    private readonly long[] present;

    /// <summary>Finds the feature of each latent.</summary>
    /// <param name="truth">The true directions.</param>
    /// <param name="learned">The decoder's rows, as wide.</param>
    /// <param name="read">Tells the true features of a vector; called by several threads at once.</param>
    /// <exception cref="ArgumentException">The widths differ.</exception>
    public FeatureRecovery(UnitDirections truth, UnitDirections learned, ReadTrueFeatures read)
    {
        ArgumentNullException.ThrowIfNull(truth);
        ArgumentNullException.ThrowIfNull(learned);
        ArgumentNullException.ThrowIfNull(read);
        this.read = read;
        this.featureOfLatent = DictionaryMetrics.MostSimilar(learned, truth);
        this.fired = new long[learned.Count];
        this.hits = new long[learned.Count];
        this.present = new long[truth.Count];
    }

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        // Spans cannot be handed to other threads.
        int[] offsets = batch.RowOffsets.ToArray();
        int[] latents = batch.Latents.ToArray();
        float[] values = batch.Values.ToArray();
        long firstRow = batch.FirstRow;
        _ = Parallel.For(
            0,
            batch.Rows,
            () => new Tally(this.fired.Length, this.present.Length),
            (row, _, tally) =>
            {
                this.read(firstRow + row, tally.Begin());
                tally.Add(latents.AsSpan(offsets[row]..offsets[row + 1]), values.AsSpan(offsets[row]), this);
                return tally;
            },
            AddTally);
    }

    /// <summary>Adds what another one counted in other rows.</summary>
    /// <param name="other">One of the same directions; not changed.</param>
    /// <exception cref="ArgumentException">It is of other directions.</exception>
    public void Merge(FeatureRecovery other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!other.featureOfLatent.SequenceEqual(this.featureOfLatent) || other.present.Length != this.present.Length)
        {
            throw new ArgumentException(
                "FeatureRecovery: both sides must be of the same directions, but are not. Merge parts of one pass.");
        }

        AddTo(this.fired, other.fired);
        AddTo(this.hits, other.hits);
        AddTo(this.present, other.present);
    }

    /// <summary>Returns the figures of all vectors so far.</summary>
    public RecoveryFigures Read()
    {
        double precision = 0;
        double recall = 0;
        double f1 = 0;
        for (int latent = 0; latent < this.fired.Length; latent++)
        {
            long hit = this.hits[latent];
            long of = this.present[this.featureOfLatent[latent]];
            precision += Ratio(hit, this.fired[latent]);
            recall += Ratio(hit, of);
            f1 += Ratio(2 * hit, this.fired[latent] + of);
        }

        int latents = this.fired.Length;
        double distinct = this.featureOfLatent.Distinct().Count();
        return new RecoveryFigures(precision / latents, recall / latents, f1 / latents, distinct / latents);
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;

    private void AddTally(Tally tally)
    {
        lock (this.fired)
        {
            AddTo(this.fired, tally.Fired);
            AddTo(this.hits, tally.Hits);
            AddTo(this.present, tally.Present);
        }
    }

    private static void AddTo(long[] sums, long[] counts)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += counts[i];
        }
    }

    /// <summary>The counts of one thread over part of a batch.</summary>
    private sealed class Tally(int latents, int features)
    {
        private readonly List<int> active = [];
        private readonly bool[] isActive = new bool[features];

        public long[] Fired { get; } = new long[latents];

        public long[] Hits { get; } = new long[latents];

        public long[] Present { get; } = new long[features];

        public List<int> Begin()
        {
            this.active.Clear();
            return this.active;
        }

        public void Add(ReadOnlySpan<int> row, ReadOnlySpan<float> values, FeatureRecovery recovery)
        {
            foreach (int feature in this.active)
            {
                this.isActive[feature] = true;
                this.Present[feature]++;
            }

            for (int entry = 0; entry < row.Length; entry++)
            {
                if (values[entry] > 0)
                {
                    this.Fired[row[entry]]++;
                    this.Hits[row[entry]] += this.isActive[recovery.featureOfLatent[row[entry]]] ? 1 : 0;
                }
            }

            foreach (int feature in this.active)
            {
                this.isActive[feature] = false;
            }
        }
    }
}
