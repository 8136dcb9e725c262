using SaeKernels.Abstractions;

namespace SaeKernels.Metrics;

/// <summary>How latents answer to labels that a user gives tokens: one of a few numbers for each token.</summary>
/// <remarks>
/// For each latent and label: how often it is active, how strongly, its part of all activation, and how well activation
/// tells the label from all others (AUROC). Activations are ranked in bins of 1/64 of an octave: those of a bin count
/// as equal. Counts are exact however the data is cut. Memory is O(active latents · labels).
/// </remarks>
public sealed class LabelledActivations : LatentCollector
{
    private readonly Func<long, int>? labelOf;
    private readonly ContextScore? score;
    private readonly QuantileBins[] activations;
    private readonly double[][] sums;
    private readonly double[] squares;
    private readonly long[] tokens;

    /// <summary>Begins with nothing seen.</summary>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <param name="labels">How many labels there are; at least 1.</param>
    /// <param name="labelOf">The label of a row of the data, 0 to labels − 1; negative for none.</param>
    public LabelledActivations(int latents, int labels, Func<long, int> labelOf)
        : this(latents, labels)
    {
        ArgumentNullException.ThrowIfNull(labelOf);
        this.labelOf = labelOf;
    }

    /// <summary>Begins with nothing seen of one label: the tokens with a score above 0 in a context.</summary>
    /// <remarks>A part that begins inside a document is told the tokens before it (<see cref="Precede"/>).</remarks>
    /// <param name="latents">The number of latents, DSae; at least 1.</param>
    /// <param name="context">The context.</param>
    public LabelledActivations(int latents, TokenContext context)
        : this(latents, 1)
    {
        this.score = new ContextScore(context);
    }

    private LabelledActivations(int latents, int labels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(latents, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(labels, 1);
        this.tokens = new long[labels + 1];
        this.activations = [.. Enumerable.Range(0, labels + 1).Select(_ => new QuantileBins(latents))];
        this.sums = [.. Enumerable.Range(0, labels + 1).Select(_ => new double[latents])];
        this.squares = new double[latents];
    }

    /// <summary>How many labels there are.</summary>
    public int Labels => this.tokens.Length - 1;

    /// <summary>The number of latents.</summary>
    public int Latents => this.activations[0].Latents;

    /// <summary>Takes the tokens before the first batch in, which belong to another part and are not counted.</summary>
    /// <param name="batch">The tokens of its document that come before the first batch, in order.</param>
    public void Precede(in BatchTokens batch) => this.score?.Next(batch);

    /// <summary>Tokens without a label are one more group, so that rest means all other tokens.</summary>
    internal int Groups => this.tokens.Length;

    /// <inheritdoc/>
    public override void Add(in LatentBatch batch)
    {
        int[] groups = new int[batch.Rows];
        AddTokens(batch.Tokens, groups);
        for (int row = 0; row < batch.Rows; row++)
        {
            for (int entry = batch.RowOffsets[row]; entry < batch.RowOffsets[row + 1]; entry++)
            {
                this.activations[groups[row]].Add(batch.Latents[entry], batch.Values[entry]);
                double value = batch.Values[entry];
                this.sums[groups[row]][batch.Latents[entry]] += value;
                this.squares[batch.Latents[entry]] += value * value;
            }
        }
    }

    /// <summary>Counts tokens, and tells the group of each.</summary>
    internal void AddTokens(in BatchTokens batch, Span<int> groups)
    {
        double[]? scores = this.score?.Next(batch);
        for (int row = 0; row < batch.Rows; row++)
        {
            int label = scores is null ? this.labelOf!(batch.FirstRow + row) : scores[row] > 0 ? 0 : -1;
            groups[row] = label < 0 ? this.Labels : label;
            this.tokens[groups[row]]++;
        }
    }

    /// <summary>Adds what a device has counted and summed of tokens that were added.</summary>
    internal void AddActivations(FineCounts counts, PairStatistics sums, IReadOnlyList<double> squares)
    {
        for (int group = 0; group < this.Groups; group++)
        {
            counts.AddTo(group, this.activations[group]);
        }

        PairSnapshot found = sums.Read(0, this.Latents);
        for (int latent = 0; latent < this.Latents; latent++)
        {
            for (int group = 0; group < this.Groups; group++)
            {
                this.sums[group][latent] += found.Products[latent][group];
            }

            this.squares[latent] += squares[latent];
        }
    }

    /// <summary>Adds what another one saw of other rows.</summary>
    /// <param name="other">One with as many latents and labels; not changed.</param>
    /// <exception cref="ArgumentException">It has other numbers.</exception>
    public void Merge(LabelledActivations other)
    {
        ArgumentNullException.ThrowIfNull(other);
        LatentCount.RequireEqual(nameof(LabelledActivations), this.Latents, other.Latents);
        if (other.Labels != this.Labels)
        {
            throw new ArgumentException(
                $"LabelledActivations: both sides must have {this.Labels} labels, but the other one has "
                + $"{other.Labels}. Merge parts of one pass.");
        }

        for (int group = 0; group < this.tokens.Length; group++)
        {
            this.tokens[group] += other.tokens[group];
            this.activations[group].Merge(other.activations[group]);
            for (int latent = 0; latent < this.Latents; latent++)
            {
                this.sums[group][latent] += other.sums[group][latent];
            }
        }

        for (int latent = 0; latent < this.Latents; latent++)
        {
            this.squares[latent] += other.squares[latent];
        }
    }

    /// <summary>The tokens seen, with and without a label.</summary>
    public long Tokens => this.tokens.Sum();

    /// <summary>The tokens on which a latent is active.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    public long ActiveTokens(int latent) => this.activations.Sum(group => group.CountOf(latent));

    /// <summary>The tokens that have a label.</summary>
    /// <param name="label">0 to <see cref="Labels"/> − 1.</param>
    public long TokensOf(int label) => this.tokens[label];

    /// <summary>The share of a label's tokens on which a latent is active; NaN without such tokens.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="label">0 to <see cref="Labels"/> − 1.</param>
    public double Density(int latent, int label) =>
        this.activations[label].CountOf(latent) / (double)this.tokens[label];

    /// <summary>The mean activation on a label's tokens where the latent is active; NaN without any.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="label">0 to <see cref="Labels"/> − 1.</param>
    public double Mean(int latent, int label) => this.sums[label][latent] / this.activations[label].CountOf(latent);

    /// <summary>The share of all other tokens on which a latent is active; NaN without such tokens.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="label">0 to <see cref="Labels"/> − 1.</param>
    public double DensityElsewhere(int latent, int label) =>
        (ActiveTokens(latent) - this.activations[label].CountOf(latent)) / (double)(this.Tokens - this.tokens[label]);

    /// <summary>The mean activation on all other tokens where the latent is active; NaN without any.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="label">0 to <see cref="Labels"/> − 1.</param>
    public double MeanElsewhere(int latent, int label) =>
        (this.sums.Sum(group => group[latent]) - this.sums[label][latent])
        / (ActiveTokens(latent) - this.activations[label].CountOf(latent));

    /// <summary>
    /// P(label | activation of at least so much); NaN where there is none. Activations that share its bin of 1/64 of an
    /// octave count as not below it.
    /// </summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="label">0 to <see cref="Labels"/> − 1.</param>
    /// <param name="least">The activation; 0, the default, for every active token.</param>
    public double Specificity(int latent, int label, float least = 0) =>
        this.activations[label].CountFrom(latent, least)
        / (double)this.activations.Sum(group => group.CountFrom(latent, least));

    /// <summary>
    /// Pearson's correlation of activation and label over all tokens, silent ones included; NaN where one never varies.
    /// </summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="label">0 to <see cref="Labels"/> − 1.</param>
    public double Correlation(int latent, int label) => PearsonCorrelation.Of(
        this.Tokens,
        this.sums.Sum(group => group[latent]),
        this.squares[latent],
        this.tokens[label],
        this.tokens[label],
        this.sums[label][latent]);

    /// <summary>A label's part of all activation of a latent, 0 to 1; NaN where it was never active.</summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="label">0 to <see cref="Labels"/> − 1.</param>
    public double MassShare(int latent, int label) =>
        this.sums[label][latent] / this.sums.Sum(group => group[latent]);

    /// <summary>
    /// The probability that a token with the label has a larger activation than one without, equal ones counted half:
    /// 0.5 where activation says nothing. NaN where one of the groups is empty.
    /// </summary>
    /// <param name="latent">0 to <see cref="Latents"/> − 1.</param>
    /// <param name="label">0 to <see cref="Labels"/> − 1.</param>
    public double Auroc(int latent, int label)
    {
        double positives = this.tokens[label];
        double negatives = this.tokens.Sum() - this.tokens[label];
        SortedDictionary<int, (long Positive, long Negative)> bins = [];
        for (int group = 0; group < this.tokens.Length; group++)
        {
            foreach ((int bin, long count) in this.activations[group].BinsOf(latent))
            {
                (long positive, long negative) = bins.GetValueOrDefault(bin);
                bins[bin] = group == label ? (positive + count, negative) : (positive, negative + count);
            }
        }

        double silentPositives = positives - bins.Values.Sum(bin => bin.Positive);
        double below = negatives - bins.Values.Sum(bin => bin.Negative);
        double wins = silentPositives * below / 2;
        foreach ((long positive, long negative) in bins.Values)
        {
            wins += positive * (below + (negative / 2.0));
            below += negative;
        }

        return wins / (positives * negatives);
    }
}
