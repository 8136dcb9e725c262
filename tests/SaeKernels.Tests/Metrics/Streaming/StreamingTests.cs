using System.Globalization;
using System.Reflection;
using SaeKernels.Factorization;
using SaeKernels.Metrics;
using SaeKernels.Tests.Factorization;
using SaeKernels.Tests.Training;
using SaeKernels.Training;

namespace SaeKernels.Tests.Metrics;

/// <summary>
/// What every metric owes: however the stream is cut, into chunks or into shards that are joined in any order, counts
/// and chosen examples are the same and sums differ by rounding.
/// </summary>
public class StreamingTests
{
    private const int Latents = 6;
    private const int Rows = 1500;
    private static readonly CodeStream Stream = CodeStream.Random(91, Rows, Latents);
    private static readonly float[] Maxima = [.. Enumerable.Repeat(50f, Latents)];

    private static readonly Dictionary<Type, Case> Cases = new()
    {
        [typeof(QuantileBins)] = Case.Of(
            () => new QuantileBins(Latents),
            (one, other) => one.Merge(other),
            one => [one.CountOf(3), one.Quantile(3, 0.5), one.CountFrom(3, 20), one.CdfValue(3, 20, Rows)]),
        [typeof(SequenceMetric)] = Case.Of(
            () => new SequenceMetric(Latents),
            (one, other) => one.Merge(other),
            one => FiguresOf(one.Read())),
        [typeof(CrossCorrelationMetric)] = Case.Of(
            () => new CrossCorrelationMetric(Latents, maxLag: 9),
            (one, other) => one.Merge(other),
            one => CrossCorrelationMetricTests.FiguresOf(one, Latents)),
        [typeof(PositionInformation)] = Case.Of(
            () => new PositionInformation(Latents),
            (one, other) => one.Merge(other),
            one => [one.Tokens, .. AllLatents(latent => one.Of(latent))]),
        [typeof(UnigramMetric)] = Case.Of(
            () => new UnigramMetric([.. Maxima.Select(_ => 40f)]),
            (one, other) => one.Merge(other),
            one => [.. AllLatents(latent => one.TokensOf(latent)), .. AllLatents(latent => one.PurityOf(latent))]),
        [typeof(ValueIntervals)] = Case.Of(
            () => new ValueIntervals(Maxima, intervals: 5, count: 4, seed: 3),
            (one, other) => one.Merge(other),
            one =>
            [
                .. AllLatents(latent => one.CountOf(latent, 2)), .. AllLatents(latent => TextOf(one.Of(latent, 2))),
            ]),
        [typeof(SampledExamples)] = Case.Of(
            () => new SampledExamples(Latents, count: 20, seed: 4),
            (one, other) => one.Merge(other),
            one => AllLatents(latent => TextOf(one.Of(latent)))),
        [typeof(TopExamples)] = Case.Of(
            () => new TopExamples(Latents, count: 9, window: 5),
            (one, other) => one.Merge(other),
            one => AllLatents(latent => TextOf(one.Of(latent)))),
        [typeof(LabelledActivations)] = Case.Of(
            () => new LabelledActivations(Latents, 3, row => (int)(row % 4) - 1),
            (one, other) => one.Merge(other),
            one =>
            [
                one.Tokens, one.TokensOf(1), .. AllLatents(latent => one.ActiveTokens(latent)),
                .. AllLatents(latent => one.Auroc(latent, 1)), .. AllLatents(latent => one.Correlation(latent, 1)),
                .. AllLatents(latent => one.Mean(latent, 1)), .. AllLatents(latent => one.MassShare(latent, 1)),
            ]),
        [typeof(ConditionalActivations)] = Case.Of(
            () => new ConditionalActivations(Context(), [.. Enumerable.Range(0, Latents)], Maxima, bins: 8),
            (one, other) => one.Merge(other),
            one =>
            [
                one.LabelShare, .. AllLatents(latent => one.Count(latent, 3, 5)),
                .. AllLatents(latent => one.Conditional(latent, 3, 5)),
                .. AllLatents(latent => one.ExpectedValue(latent, 3, 5)),
                .. AllLatents(latent => one.Specificity(latent, 3)),
                .. AllLatents(latent => one.Correlation(latent)),
            ],
            precede: (one, row) => one.Precede(Stream.Before(row).Tokens)),
        [typeof(CodeHistograms)] = Case.Of(
            () => new CodeHistograms(Latents, 50, bins: 10),
            (one, other) => one.Merge(other),
            one => [one.Rows, .. AllLatents(latent => one.BitsOf(latent))]),
        [typeof(FeatureRecovery)] = Case.Of(
            Recovery,
            (one, other) => one.Merge(other),
            one => [one.Read().Precision, one.Read().Recall, one.Read().F1, one.Read().Uniqueness]),
    };

    // Of vectors and not of codes, or of both passes together: their own tests cut them likewise.
    private static readonly Dictionary<Type, string> Elsewhere = new()
    {
        [typeof(PublishedVariantsMetric)] = nameof(PublishedVariantsMetricTests.Shards_in_any_order_change_no_figure),
        [typeof(PairSums)] = nameof(UniversalityPassTests.Shards_in_another_order_change_no_figure),
        [typeof(PooledHistogram)] = nameof(PooledHistogramTests.Matrices_counted_apart_join_in_any_order),
        [typeof(TotalInformation)] = nameof(TotalInformationTests.Parts_that_were_counted_apart_join_in_any_order),
        [typeof(CodeFirstPass)] = nameof(CodePassesTests.Shards_in_any_order_are_what_is_measured_at_once),
        [typeof(CodeSecondPass)] = nameof(CodePassesTests.Shards_in_any_order_are_what_is_measured_at_once),
        [typeof(DenseLength)] = nameof(CodePassesTests.Lengths_of_vectors_merge_in_bins_of_one_width_only),
        [typeof(EvaluationSums)] = nameof(EvaluationSumsTests.Shards_in_any_order_have_the_figures_of_the_whole),
        [typeof(FeatureFirstPass)] = nameof(FeatureTableTests.Shards_in_any_order_change_no_count_and_no_figure),
        [typeof(FeatureSecondPass)] = nameof(FeatureTableTests.Shards_in_any_order_change_no_count_and_no_figure),
    };

    public static TheoryData<string> Names => [.. Cases.Keys.Select(type => type.Name)];

    [Fact]
    public void No_metric_is_left_out()
    {
        Type[] collectors = [.. typeof(LatentCollector).Assembly.GetTypes().Where(
            type => type.IsSubclassOf(typeof(LatentCollector)) && !type.IsAbstract)];
        Type[] known =
        [
            .. typeof(LatentCollector).Assembly.GetExportedTypes(), .. typeof(SaeCodes).Assembly.GetExportedTypes(),
            .. typeof(SaeEvaluator).Assembly.GetExportedTypes(),
        ];
        Type[] merging = [.. known.Where(
            type => type.GetMethod("Merge", BindingFlags.Public | BindingFlags.Instance, [type]) is not null)];

        Assert.Equal(collectors.Select(type => type.Name).Order(), Cases.Keys.Select(type => type.Name).Order());
        Assert.Equal(
            merging.Select(type => type.Name).Order(),
            Cases.Keys.Concat(Elsewhere.Keys).Select(type => type.Name).Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Chunks_change_no_figure(string name)
    {
        Case one = Find(name);
        List<object> whole = one.Figures(Stream.Feed(one.Begin()));
        Assert.Contains(whole, figure => figure is not (double.NaN or 0L or 0));
        foreach (int chunk in new[] { 1, 7, 4096 })
        {
            AssertSame(whole, one.Figures(Stream.Feed(one.Begin(), chunk)));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Shards_in_any_order_change_no_figure(string name)
    {
        Case one = Find(name);
        int[] cuts = [0, 5, 400, 1113, Rows];
        Assert.All(cuts[1..^1], cut => Assert.True(Stream.Before(cut).Rows > 0, $"a document begins with row {cut}"));
        foreach (int[] order in new int[][] { [0, 1, 2, 3], [2, 0, 3, 1], [3, 2, 1, 0] })
        {
            LatentCollector[] parts =
                [.. order.Select(i => Stream.Feed(one.BeginAt(cuts[i]), cuts[i], cuts[i + 1] - cuts[i], chunk: 7))];
            foreach (LatentCollector part in parts.Skip(1))
            {
                one.Merge(parts[0], part);
            }

            AssertSame(one.Figures(Stream.Feed(one.Begin())), one.Figures(parts[0]));
        }
    }

    private static Case Find(string name) => Cases.Single(pair => pair.Key.Name == name).Value;

    private static List<object> AllLatents<T>(Func<int, T> figure)
        where T : notnull => [.. Enumerable.Range(0, Latents).Select(latent => (object)figure(latent))];

    private static List<object> FiguresOf(SequenceFigures figures) =>
    [
        figures.Documents, .. AllLatents(latent => figures.Runs(latent)),
        .. AllLatents(latent => figures.LongestRun(latent)), .. AllLatents(latent => figures.MeanRun(latent)),
        .. AllLatents(latent => figures.Autocorrelation(latent, 2)),
        .. AllLatents(latent => figures.TokensPerActiveDocument(latent)),
    ];

    private static string TextOf(IEnumerable<TopExample> examples) => string.Join(
        ' ', examples.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Row}:{one.Activation:R}")));

    private static FeatureRecovery Recovery()
    {
        float[] axes = [.. Enumerable.Range(0, Latents * Latents).Select(i => i % (Latents + 1) == 0 ? 1f : 0)];
        UnitDirections directions = UnitDirections.From(axes, Latents);
        return new FeatureRecovery(directions, directions, (row, features) => features.Add((int)(row % Latents)));
    }

    private static TokenContext Context()
    {
        UnigramTable unigrams = new();
        for (int token = 0; token < 30; token++)
        {
            unigrams.Add(token, 10 + token);
        }

        return TokenContext.Characters("own", "abcdefgh", token => $"{(char)('a' + token)}", unigrams);
    }

    private static void AssertSame(List<object> expected, List<object> found)
    {
        Assert.Equal(expected.Count, found.Count);
        foreach ((object left, object right) in expected.Zip(found))
        {
            if (left is double number && !double.IsNaN(number))
            {
                Assert.Equal(number, (double)right, 1e-9 * Math.Abs(number));
            }
            else
            {
                Assert.Equal(left, right);
            }
        }
    }

    /// <summary>How a metric is begun and joined, and all that it says.</summary>
    private sealed record Case(
        Func<LatentCollector> Begin,
        Action<LatentCollector, LatentCollector> Merge,
        Func<LatentCollector, List<object>> Figures)
    {
        private Action<LatentCollector, int>? Precede { get; init; }

        public static Case Of<T>(
            Func<T> begin, Action<T, T> merge, Func<T, List<object>> figures, Action<T, int>? precede = null)
            where T : LatentCollector =>
            new(begin, (one, other) => merge((T)one, (T)other), one => figures((T)one))
            {
                Precede = precede is null ? null : (one, row) => precede((T)one, row),
            };

        /// <summary>Begins with a row of the data, which may lie inside a document.</summary>
        public LatentCollector BeginAt(int row)
        {
            LatentCollector one = this.Begin();
            this.Precede?.Invoke(one, row);
            return one;
        }
    }
}
