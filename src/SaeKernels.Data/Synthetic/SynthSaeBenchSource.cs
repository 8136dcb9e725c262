using MathNet.Numerics.Distributions;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>
/// Thousands of features in families, of falling frequency, correlated, and nearly orthogonal: the data of
/// SynthSAEBench, on which architectures are compared with the truth known.
/// </summary>
/// <remarks>
/// <para>A feature fires where a standard normal score passes the threshold of its rate; scores share
/// <see cref="SynthSaeBenchOptions.CorrelationRank"/> hidden variables. Its strength is max(0, N(mean, deviation²)). A
/// child is active only with its parent, times the parent's strength over the parent's mean, and of several active
/// siblings one stays, each equally likely.</para>
/// <para>Exact in distribution, but drawn sparsely: given the hidden variables features are independent, so rare ones
/// are found by thinning a bound over eight at a time, and children of silent parents are never drawn. A vector is
/// summed in float32 with fused multiply-adds, from the offset on and by ascending feature.</para>
/// <para>Source: SynthSAEBench, arXiv:2602.14687.</para>
/// </remarks>
public sealed class SynthSaeBenchSource : SyntheticSource
{
    private const int RowsAtOnce = 32;
    private const int RowsWorthFetching = 1024;
    private const int UsualEntries = 48;

    [ThreadStatic]
    private static SynthSaeBenchRow[]? rowsAtOnce;

    [ThreadStatic]
    private static SynthSaeBenchRow[]? oneRow;

    private readonly SynthSaeBenchModel model;
    private readonly SynthSaeBenchDraws draws;
    private readonly Lazy<DirectionColumns> columns;

    /// <summary>Describes the source. The first time, its directions are pushed apart, which takes a while.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="options">The sizes.</param>
    /// <exception cref="ArgumentException">A number is outside its range.</exception>
    public SynthSaeBenchSource(ulong seed, SynthSaeBenchOptions options)
        : base(seed, Directions(seed, options))
    {
        ArgumentNullException.ThrowIfNull(options);
        this.model = new SynthSaeBenchModel(seed, options);
        this.draws = new SynthSaeBenchDraws(seed, this.model);
        this.columns = new Lazy<DirectionColumns>(() => new DirectionColumns(this.Truth, this.Offset));
        if (options.BiasLength > 0)
        {
            float[] offset = new float[options.DIn];
            RandomSequence random = new(seed, RandomPurpose.SyntheticTruth, options.Features);
            TrueDirections.Unit(ref random, offset);
            this.Offset = Array.ConvertAll(offset, element => (float)(element * options.BiasLength));
        }
    }

    /// <inheritdoc/>
    public override string Generator => "synthsaebench";

    /// <inheritdoc/>
    public override int Version => 3;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, object> Parameters => new Dictionary<string, object>
    {
        ["features"] = this.Options.Features,
        ["dim"] = this.Options.DIn,
        ["roots"] = this.Options.Roots,
        ["children"] = this.Options.Children,
        ["depth"] = this.Options.Depth,
        ["greatest_rate"] = this.Options.GreatestRate,
        ["least_rate"] = this.Options.LeastRate,
        ["correlation_rank"] = this.Options.CorrelationRank,
        ["correlation_scale"] = this.Options.CorrelationScale,
        ["first_mean"] = this.Options.FirstMean,
        ["last_mean"] = this.Options.LastMean,
        ["orthogonalization_steps"] = this.Options.OrthogonalizationSteps,
        ["bias"] = this.Options.BiasLength,
    };

    /// <summary>The sizes.</summary>
    public SynthSaeBenchOptions Options => this.model.Options;

    /// <summary>The probability that each feature's score passes its threshold, [features].</summary>
    public IReadOnlyList<double> ScoreRates => this.model.Rates;

    /// <summary>
    /// The probability that a feature is active where its score passes and its parent, if any, is active and no sibling
    /// takes its place: that its strength is above 0.
    /// </summary>
    /// <param name="feature">The feature.</param>
    public double PositiveRate(int feature) =>
        Normal.CDF(0, 1, (double)StrengthMean(feature) / StrengthDeviation(feature));

    /// <summary>The mean of a feature's strength, before negative draws become 0 and without its parent's.</summary>
    /// <param name="feature">The feature.</param>
    public double StrengthMean(int feature) => this.model.Strengths[feature].Mean;

    /// <summary>The deviation of the same draws.</summary>
    /// <param name="feature">The feature.</param>
    public double StrengthDeviation(int feature) => this.model.Strengths[feature].Deviation;

    /// <summary>The correlation of two features' scores.</summary>
    /// <param name="first">A feature.</param>
    /// <param name="second">Another feature.</param>
    public double ScoreCorrelation(int first, int second)
    {
        int rank = this.Options.CorrelationRank;
        double sum = 0;
        for (int k = 0; k < rank; k++)
        {
            sum += this.model.Correlations[(first * rank) + k] * this.model.Correlations[(second * rank) + k];
        }

        return sum;
    }

    /// <summary>The first of a feature's children, which follow each other; −1 for none.</summary>
    /// <param name="feature">The feature.</param>
    public int FirstChildOf(int feature) => this.model.FirstChild[feature];

    /// <inheritdoc/>
    protected override void DrawCode(ref RandomSequence random, long row, SyntheticRow code)
    {
        ArgumentNullException.ThrowIfNull(code);
        SynthSaeBenchRow drawn = DrawOne(row);
        for (int entry = 0; entry < drawn.Code.Count; entry++)
        {
            code.Add(drawn.Code.Features[entry], drawn.Code.Values[entry]);
        }
    }

    /// <inheritdoc/>
    protected override void DrawVector(long row, SyntheticRow code, Span<float> activations)
    {
        ArgumentNullException.ThrowIfNull(code);
        _ = DrawCode(row, code);
        DirectionColumns directions = this.columns.Value;
        for (int strip = 0; strip < directions.Strips; strip++)
        {
            directions.Sum(strip, code.Features, code.Values, activations);
        }
    }

    /// <inheritdoc/>
    protected override void DrawVectors(long firstRow, Memory<float> vectors)
    {
        int count = vectors.Length / this.DIn;
        ActiveFeatures[] codes = new ActiveFeatures[(count + RowsAtOnce - 1) / RowsAtOnce];
        int[] starts = new int[count];
        Parallel.For(0, codes.Length, piece =>
        {
            SynthSaeBenchRow[] rows =
                rowsAtOnce ??= [.. Enumerable.Range(0, RowsAtOnce).Select(_ => new SynthSaeBenchRow())];
            int first = piece * RowsAtOnce;
            Span<SynthSaeBenchRow> used = rows.AsSpan(0, Math.Min(RowsAtOnce, count - first));
            this.draws.Draw(firstRow + first, used);
            ActiveFeatures all = new(used.Length * UsualEntries);
            for (int row = 0; row < used.Length; row++)
            {
                starts[first + row] = all.Count;
                all.Add(used[row].Code, 0, used[row].Code.Count);
            }

            codes[piece] = all;
        });
        Parallel.For(0, this.columns.Value.Strips, strip => SumStrip(strip, codes, starts, vectors.Span));
    }

    private static TrueDirections Directions(ulong seed, SynthSaeBenchOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return SpreadDirections.Create(seed, options.Features, options.DIn, options.OrthogonalizationSteps);
    }

    private SynthSaeBenchRow DrawOne(long row)
    {
        SynthSaeBenchRow[] drawn = oneRow ??= [new SynthSaeBenchRow()];
        this.draws.Draw(row, drawn);
        return drawn[0];
    }

    private void SumStrip(int strip, ActiveFeatures[] codes, int[] starts, Span<float> vectors)
    {
        DirectionColumns directions = this.columns.Value;
        if (starts.Length >= RowsWorthFetching)
        {
            GC.KeepAlive(directions.Fetch(strip));
        }

        for (int row = 0; row < starts.Length; row++)
        {
            ActiveFeatures all = codes[row / RowsAtOnce];
            bool isLast = row + 1 == starts.Length || (row + 1) % RowsAtOnce == 0;
            Range entries = starts[row]..(isLast ? all.Count : starts[row + 1]);
            directions.Sum(
                strip, all.Features[entries], all.Values[entries], vectors.Slice(row * this.DIn, this.DIn));
        }
    }
}
