namespace SaeKernels.Metrics;

/// <summary>How the activations of latents go together with the score of a context.</summary>
/// <remarks>
/// <para>For each latent a table of activation bins on [0, max] by score bins counts its active tokens (the stacked
/// histogram), and sums their activations (the expected-value distribution). Of all tokens, silent ones too, it keeps
/// what the correlation of activation and label needs. A token has the label where its score is above 0.</para>
/// <para>The maxima are those of a first pass. Counts are exact however the data is cut; scores follow documents, so a
/// part of the data that begins inside a document is told the tokens before it (<see cref="Precede"/>). Memory is 24
/// bytes · bins of activations · bins of scores a latent. A pass counts and sums on its device with a
/// <see cref="ConditionalCounter"/>.</para>
/// </remarks>
public sealed class ConditionalActivations : LatentCollector
{
    // Edges of the two score bins of a user's label: without it −1, with it 1.
    private static readonly double[] LabelEdges = [0];
    private readonly ContextScore? score;
    private readonly Func<long, bool>? hasLabel;
    private readonly Dictionary<int, int> slots;
    private readonly double[] maxima;
    private readonly double[] edges;
    private readonly long[] counts;
    private readonly long[] labelled;
    private readonly double[] masses;
    private readonly LabelSums[] sums;
    private long tokens;
    private long labelledTokens;

    /// <summary>Begins with nothing seen.</summary>
    /// <param name="context">The context.</param>
    /// <param name="latents">The latents that are looked at.</param>
    /// <param name="maxima">The largest activation of each of them, in the same order; 0 where never active.</param>
    /// <param name="bins">Bins of activations on [0, max]; at least 1, default 50.</param>
    /// <param name="scoreEdges">
    /// Ascending edges between score bins; n edges make n + 1 bins, score bin i holds the scores from edge i − 1 on and
    /// below edge i. Null for −10, −8, … 10.
    /// </param>
    /// <exception cref="ArgumentException">There is not one maximum a latent, or the edges do not ascend.</exception>
    public ConditionalActivations(
        TokenContext context,
        IReadOnlyList<int> latents,
        IReadOnlyList<float> maxima,
        int bins = 50,
        IReadOnlyList<double>? scoreEdges = null)
        : this(context?.Name, latents, maxima, bins, scoreEdges)
    {
        this.score = new ContextScore(context!);
        this.Context = context;
    }

    private ConditionalActivations(
        string? name,
        IReadOnlyList<int> latents,
        IReadOnlyList<float> maxima,
        int bins,
        IReadOnlyList<double>? scoreEdges)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(maxima);
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        this.edges = [.. scoreEdges ?? [.. Enumerable.Range(-5, 11).Select(i => 2.0 * i)]];
        bool ascend = this.edges.Zip(this.edges.Skip(1)).All(pair => pair.First < pair.Second);
        if (maxima.Count != latents.Count || !ascend)
        {
            throw new ArgumentException(
                $"ConditionalActivations: there must be one maximum for each of {latents.Count} latents and ascending "
                + $"edges, but there are {maxima.Count} maxima and the edges {string.Join(", ", this.edges)}. "
                + "Take maxima of a first pass.");
        }

        this.Name = name ?? string.Empty;
        this.Latents = latents;
        this.Bins = bins;
        this.slots = latents.Select((latent, slot) => KeyValuePair.Create(latent, slot)).ToDictionary();
        this.maxima = [.. maxima.Select(max => (double)max)];
        int places = checked(latents.Count * bins * this.ScoreBins);
        this.counts = new long[places];
        this.masses = new double[places];
        this.labelled = new long[latents.Count * bins];
        this.sums = new LabelSums[latents.Count];
    }

    private ConditionalActivations(
        string name, Func<long, bool> hasLabel, IReadOnlyList<int> latents, IReadOnlyList<float> maxima, int bins)
        : this(name, latents, maxima, bins, LabelEdges)
    {
        this.hasLabel = hasLabel;
    }

    /// <summary>The name of the context or label, for legends.</summary>
    public string Name { get; }

    /// <summary>The context; null for a label that a user gave.</summary>
    public TokenContext? Context { get; }

    /// <summary>The latents that are looked at.</summary>
    public IReadOnlyList<int> Latents { get; }

    /// <summary>The largest activation of each of them: the upper edge of its last bin.</summary>
    public IReadOnlyList<double> Maxima => this.maxima;

    /// <summary>Bins of activations.</summary>
    public int Bins { get; }

    /// <summary>Bins of scores.</summary>
    public int ScoreBins => this.edges.Length + 1;

    /// <summary>The edges between score bins.</summary>
    public IReadOnlyList<double> ScoreEdges => this.edges;

    /// <summary>The share of all tokens that have the label.</summary>
    public double LabelShare => this.labelledTokens / (double)this.tokens;

    /// <summary>
    /// Begins with nothing seen of a label that a user gave tokens: score bin 1 holds the tokens with it, score bin 0
    /// all others.
    /// </summary>
    /// <param name="name">The name of the label, for legends.</param>
    /// <param name="hasLabel">Whether a row of the data has the label.</param>
    /// <param name="latents">The latents that are looked at.</param>
    /// <param name="maxima">The largest activation of each of them, in the same order; 0 where never active.</param>
    /// <param name="bins">Bins of activations on [0, max]; at least 1, default 50.</param>
    /// <exception cref="ArgumentException">There is not one maximum a latent.</exception>
    public static ConditionalActivations OfLabel(
        string name,
        Func<long, bool> hasLabel,
        IReadOnlyList<int> latents,
        IReadOnlyList<float> maxima,
        int bins = 50)
    {
        ArgumentNullException.ThrowIfNull(hasLabel);
        return new ConditionalActivations(name, hasLabel, latents, maxima, bins);
    }

    /// <summary>Takes the tokens before the first batch in, which belong to another part and are not counted.</summary>
    /// <param name="batch">The tokens of its document that come before the first batch, in order.</param>
    public void Precede(in BatchTokens batch) => this.score?.Next(batch);

    /// <summary>A bin of scores, and whether there is the label: what falls together in counts and sums.</summary>
    internal int Groups => 2 * this.ScoreBins;

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        int[] groups = new int[batch.Rows];
        AddTokens(batch.Tokens, groups);
        for (int row = 0; row < batch.Rows; row++)
        {
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                float value = batch.Values[entry];
                if (value > 0 && this.slots.TryGetValue(batch.Latents[entry], out int slot))
                {
                    double place = (double)value * this.Bins / this.maxima[slot];
                    int bin = place < this.Bins ? (int)place : this.Bins - 1;
                    AddActive(slot, bin, groups[row], 1, value, (double)value * value);
                }
            }
        }
    }

    /// <summary>Counts tokens, and tells the group of each.</summary>
    internal void AddTokens(in BatchTokens batch, Span<int> groups)
    {
        double[] scores = this.score?.Next(batch) ?? LabelScores(batch);
        this.tokens += batch.Rows;
        for (int row = 0; row < batch.Rows; row++)
        {
            int label = scores[row] > 0 ? 1 : 0;
            this.labelledTokens += label;
            groups[row] = (2 * ScoreBinOf(scores[row])) + label;
        }
    }

    /// <summary>Adds activations of a latent, from its place, that share a bin and a group.</summary>
    internal void AddActive(int slot, int bin, int group, long count, double sum, double sumOfSquares)
    {
        bool hasLabel = group % 2 == 1;
        int index = PlaceOf(slot, bin, group / 2);
        this.counts[index] += count;
        this.masses[index] += sum;
        this.labelled[(slot * this.Bins) + bin] += hasLabel ? count : 0;
        this.sums[slot].Add(
            new LabelSums { All = sum, Squares = sumOfSquares, Labelled = hasLabel ? sum : 0 });
    }

    /// <summary>Adds what another one saw of other rows.</summary>
    /// <param name="other">One made with the same context, latents, maxima, bins and edges; not changed.</param>
    /// <exception cref="ArgumentException">It was made otherwise.</exception>
    public void Merge(ConditionalActivations other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Bins != this.Bins || !other.edges.SequenceEqual(this.edges)
            || !other.Latents.SequenceEqual(this.Latents) || !other.maxima.SequenceEqual(this.maxima))
        {
            throw new ArgumentException(
                "ConditionalActivations: both sides must have the same latents, maxima, bins and edges, but do not. "
                + "Merge parts of one pass.");
        }

        this.tokens += other.tokens;
        this.labelledTokens += other.labelledTokens;
        for (int place = 0; place < this.counts.Length; place++)
        {
            this.counts[place] += other.counts[place];
            this.masses[place] += other.masses[place];
        }

        for (int place = 0; place < this.labelled.Length; place++)
        {
            this.labelled[place] += other.labelled[place];
        }

        for (int slot = 0; slot < this.sums.Length; slot++)
        {
            this.sums[slot].Add(other.sums[slot]);
        }
    }

    /// <summary>The stacked histogram: how many active tokens have this activation and this score.</summary>
    /// <param name="latent">One of the latents.</param>
    /// <param name="bin">0 to <see cref="Bins"/> − 1.</param>
    /// <param name="scoreBin">0 to <see cref="ScoreBins"/> − 1.</param>
    public long Count(int latent, int bin, int scoreBin) => this.counts[PlaceOf(this.slots[latent], bin, scoreBin)];

    /// <summary>
    /// The conditional: P(score bin | activation bin) over the active tokens; NaN where no token has the activation.
    /// </summary>
    /// <param name="latent">One of the latents.</param>
    /// <param name="bin">0 to <see cref="Bins"/> − 1.</param>
    /// <param name="scoreBin">0 to <see cref="ScoreBins"/> − 1.</param>
    public double Conditional(int latent, int bin, int scoreBin) =>
        Count(latent, bin, scoreBin) / (double)Enumerable.Range(0, this.ScoreBins).Sum(i => Count(latent, bin, i));

    /// <summary>
    /// The expected-value distribution: the sum of the activations with this activation and this score. All together
    /// they are the mean activation times the tokens.
    /// </summary>
    /// <param name="latent">One of the latents.</param>
    /// <param name="bin">0 to <see cref="Bins"/> − 1.</param>
    /// <param name="scoreBin">0 to <see cref="ScoreBins"/> − 1.</param>
    public double ExpectedValue(int latent, int bin, int scoreBin) =>
        this.masses[PlaceOf(this.slots[latent], bin, scoreBin)];

    /// <summary>
    /// The specificity curve: P(label | activation in this bin or a higher one); NaN where there is none.
    /// </summary>
    /// <param name="latent">One of the latents.</param>
    /// <param name="bin">0 for all active tokens, to <see cref="Bins"/> − 1.</param>
    public double Specificity(int latent, int bin)
    {
        int slot = this.slots[latent];
        long active = 0;
        long withLabel = 0;
        for (int higher = bin; higher < this.Bins; higher++)
        {
            withLabel += this.labelled[(slot * this.Bins) + higher];
            active += Enumerable.Range(0, this.ScoreBins).Sum(i => Count(latent, higher, i));
        }

        return withLabel / (double)active;
    }

    /// <summary>
    /// Pearson's correlation of activation and label over all tokens, silent ones included; NaN where one never varies.
    /// </summary>
    /// <param name="latent">One of the latents.</param>
    public double Correlation(int latent)
    {
        LabelSums sum = this.sums[this.slots[latent]];
        return PearsonCorrelation.Of(
            this.tokens, sum.All, sum.Squares, this.labelledTokens, this.labelledTokens, sum.Labelled);
    }

    private double[] LabelScores(in BatchTokens batch)
    {
        double[] scores = new double[batch.Rows];
        for (int row = 0; row < scores.Length; row++)
        {
            scores[row] = this.hasLabel!(batch.FirstRow + row) ? 1 : -1;
        }

        return scores;
    }

    private int ScoreBinOf(double value)
    {
        int found = Array.BinarySearch(this.edges, value);
        return found >= 0 ? found + 1 : ~found;
    }

    private int PlaceOf(int slot, int bin, int scoreBin)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)bin, (uint)this.Bins);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)scoreBin, (uint)this.ScoreBins);
        return (((slot * this.Bins) + bin) * this.ScoreBins) + scoreBin;
    }

    private struct LabelSums
    {
        public double All;
        public double Squares;
        public double Labelled;

        public void Add(LabelSums other)
        {
            this.All += other.All;
            this.Squares += other.Squares;
            this.Labelled += other.Labelled;
        }
    }
}
