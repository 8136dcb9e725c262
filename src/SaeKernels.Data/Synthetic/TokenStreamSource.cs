using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// Tokens of documents that change between prose, base64, DNA, Arabic and Hebrew, with features planted on each of
/// these contexts: data on which all that is said of features and contexts has a closed form.
/// </summary>
/// <remarks>
/// <para>At each token the context is drawn anew with probability 1 / SegmentLength, and at the beginning of a
/// document; so two tokens at a distance of k have the same draw of it with probability (1 − 1 /
/// SegmentLength)^k.</para>
/// <para>Each context has three features, one with exponential activations of mean 1, one with gamma of shape 2, one
/// with 0.7 exponential + 0.3 N(6, 1), which clusters. Feature 3 · context + law is active with FireRate on tokens of
/// its context, and with FalseRate elsewhere.</para>
/// <para>A file of it also has <c>token_ids</c>, <c>doc_ids</c>, <c>pos</c> and <c>labels</c>, the context of each
/// token.</para>
/// </remarks>
public sealed class TokenStreamSource : SyntheticSource
{
    private const int Laws = 3;
    private readonly TokenStreamOptions options;
    private readonly TokenStreamVocabulary vocabulary;

    /// <summary>Describes the source.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="options">What it is made of; null for the defaults.</param>
    /// <exception cref="ArgumentException">A parameter is outside its range.</exception>
    public TokenStreamSource(ulong seed, TokenStreamOptions? options = null)
        : base(seed, TrueDirections.Sphere(seed, FeatureCount, Check(options).DIn))
    {
        this.options = options ?? new TokenStreamOptions();
        this.vocabulary = new TokenStreamVocabulary(this.options.Words);
        this.NoiseScale = this.options.Noise;
    }

    /// <summary>The number of planted features.</summary>
    public static int FeatureCount => Laws * TokenStreamVocabulary.Contexts.Count;

    /// <inheritdoc/>
    public override string Generator => "tokens";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object> Parameters => new Dictionary<string, object>
    {
        ["dim"] = this.DIn,
        ["document_length"] = this.options.DocumentLength,
        ["segment_length"] = this.options.SegmentLength,
        ["prose_share"] = this.options.ProseShare,
        ["words"] = this.options.Words,
        ["fire_rate"] = this.options.FireRate,
        ["false_rate"] = this.options.FalseRate,
        ["noise"] = this.options.Noise,
    };

    /// <inheritdoc/>
    public override IReadOnlyList<RowColumn> Columns =>
    [
        new("token_ids", row => TokenOf(row)),
        new("doc_ids", row => row / this.options.DocumentLength),
        new("pos", row => row % this.options.DocumentLength),
        new("labels", row => ContextOf(row)),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> LabelNames => TokenStreamVocabulary.Contexts;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Pieces => this.vocabulary.Pieces;

    /// <summary>The tokens and how likely each is in each context.</summary>
    public TokenStreamVocabulary Vocabulary => this.vocabulary;

    /// <summary>Returns the share of tokens that are of a context.</summary>
    /// <param name="context">0 to the number of contexts − 1.</param>
    public double ShareOf(int context) => context == 0
        ? this.options.ProseShare
        : (1 - this.options.ProseShare) / (TokenStreamVocabulary.Contexts.Count - 1);

    /// <summary>Returns the share of tokens on which a feature is active.</summary>
    /// <param name="feature">0 to <see cref="FeatureCount"/> − 1.</param>
    public double DensityOf(int feature)
    {
        double share = ShareOf(feature / Laws);
        return (share * this.options.FireRate) + ((1 - share) * this.options.FalseRate);
    }

    /// <summary>Returns the probability that a token is of a feature's context where the feature is active.</summary>
    /// <param name="feature">0 to <see cref="FeatureCount"/> − 1.</param>
    public double PrecisionOf(int feature) =>
        ShareOf(feature / Laws) * this.options.FireRate / DensityOf(feature);

    /// <summary>Returns how likely a token is by itself.</summary>
    /// <param name="token">0 to the number of pieces − 1.</param>
    public double ProbabilityOf(int token) => Enumerable.Range(0, TokenStreamVocabulary.Contexts.Count)
        .Sum(context => ShareOf(context) * this.vocabulary.ProbabilityIn(token, context));

    /// <summary>Returns the context of a row.</summary>
    /// <param name="row">The number of the row.</param>
    public int ContextOf(long row)
    {
        // The last row from which on the context was not drawn anew: each row says so by itself, so any can be asked.
        RandomSequence hidden = new(this.Seed, RandomPurpose.SyntheticLatents, row);
        while (hidden.NextDouble() * this.options.SegmentLength >= 1 && row % this.options.DocumentLength != 0)
        {
            row--;
            hidden = new RandomSequence(this.Seed, RandomPurpose.SyntheticLatents, row);
        }

        double place = hidden.NextDouble() - this.options.ProseShare;
        int others = TokenStreamVocabulary.Contexts.Count - 1;
        return place < 0 ? 0
            : 1 + Math.Min((int)(place / (1 - this.options.ProseShare) * others), others - 1);
    }

    /// <summary>Returns the token of a row.</summary>
    /// <param name="row">The number of the row.</param>
    public int TokenOf(long row)
    {
        RandomSequence hidden = new(this.Seed, RandomPurpose.SyntheticLatents, row);
        _ = hidden.NextDouble();
        _ = hidden.NextDouble();
        return this.vocabulary.Choose(ContextOf(row), hidden.NextDouble());
    }

    /// <inheritdoc/>
    protected override void DrawCode(ref RandomSequence random, long row, SyntheticRow code)
    {
        ArgumentNullException.ThrowIfNull(code);
        int context = ContextOf(row);
        for (int feature = 0; feature < FeatureCount; feature++)
        {
            double rate = feature / Laws == context ? this.options.FireRate : this.options.FalseRate;
            if (random.NextDouble() < rate)
            {
                code.Add(feature, (float)Strength(ref random, feature % Laws));
            }
        }
    }

    private static double Strength(ref RandomSequence random, int law)
    {
        return law switch
        {
            0 => Exponential(ref random),
            1 => Exponential(ref random) + Exponential(ref random),
            _ => random.NextDouble() < 0.7 ? Exponential(ref random) : Math.Max(0, 6 + random.NextNormal()),
        };

        static double Exponential(ref RandomSequence random) => -Math.Log(1 - random.NextDouble());
    }

    private static TokenStreamOptions Check(TokenStreamOptions? options)
    {
        const string Source = nameof(TokenStreamSource);
        TokenStreamOptions checkedOptions = options ?? new TokenStreamOptions();
        SourceCheck.Between(Source, nameof(options.DocumentLength), checkedOptions.DocumentLength, 1, int.MaxValue);
        SourceCheck.Between(Source, nameof(options.SegmentLength), checkedOptions.SegmentLength, 1, 10_000);
        SourceCheck.Between(Source, nameof(options.ProseShare), checkedOptions.ProseShare, 0, 1);
        SourceCheck.Between(Source, nameof(options.Words), checkedOptions.Words, 1, 100_000);
        SourceCheck.Between(Source, nameof(options.FireRate), checkedOptions.FireRate, 0, 1);
        SourceCheck.Between(Source, nameof(options.FalseRate), checkedOptions.FalseRate, 0, 1);
        SourceCheck.Between(Source, nameof(options.Noise), checkedOptions.Noise, 0, 1e6);
        return checkedOptions;
    }
}
