using MathNet.Numerics.Distributions;
using SaeKernels.Data;

namespace SaeKernels.Tests.Data.Synthetic;

public class SynthSaeBenchSourceTests
{
    private const int Rows = 40_000;

    // Of a normal statistic a draw in 1.7 million is further out than this many standard errors.
    private const double Errors = 5;

    private static readonly SynthSaeBenchOptions Small = new()
    {
        Features = 500,
        DIn = 24,
        Roots = 16,
        Children = 4,
        Depth = 2,
        CorrelationRank = 6,
        CorrelationScale = 0.25,
        OrthogonalizationSteps = 0,
    };

    [Fact]
    public void Rates_fall_with_the_root_of_the_rank_and_children_make_up_for_parents_and_siblings()
    {
        SynthSaeBenchSource source = new(1, Small);
        double least = 1 / Math.Sqrt(500);
        double Base(int feature) => 5e-4 + ((0.4 - 5e-4) * ((1 / Math.Sqrt(feature + 1)) - least) / (1 - least));

        Assert.Equal(0.4, source.ScoreRates[0], 1e-12);
        Assert.Equal(5e-4, source.ScoreRates[^1], 1e-12);
        Assert.Equal(Base(400), source.ScoreRates[400], 1e-12);
        Assert.Equal(16, source.FirstChildOf(0));
        Assert.Equal(16 + (4 * 15), source.FirstChildOf(15));
        Assert.Equal(80 + 4, source.FirstChildOf(17));
        Assert.Equal(-1, source.FirstChildOf(80));
        double siblings = (Base(17) + Base(18) + Base(19)) / Base(0);
        Assert.Equal(Base(16) / Base(0) * (1 + siblings), source.ScoreRates[16], 1e-12);
        Assert.All(source.ScoreRates, rate => Assert.InRange(rate, 5e-4, 1));
    }

    [Fact]
    public void Features_without_a_parent_fire_at_their_rate()
    {
        SynthSaeBenchSource source = new(2, Small);
        int[] counts = Counts(source);

        foreach (int feature in Enumerable.Range(0, 16).Concat(Enumerable.Range(336, 500 - 336)))
        {
            Near(source.ScoreRates[feature] * source.PositiveRate(feature), counts[feature]);
        }
    }

    // Roots are drawn one by one, features without a family by thinning a bound over several.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Pairs_fire_together_as_a_bivariate_normal_passes_two_thresholds(bool hasFamilies)
    {
        SynthSaeBenchSource source = new(
            3, hasFamilies ? Small : Small with { Features = 300, Roots = 0, LeastRate = 0.02 });
        (int First, int Second)[] pairs = [.. from first in Enumerable.Range(0, 16)
                                               from second in Enumerable.Range(first + 1, 15 - first)
                                               select (first, second)];
        int[] counts = new int[pairs.Length];
        Visit(source, code =>
        {
            for (int i = 0; i < pairs.Length; i++)
            {
                bool both = code.Features.Contains(pairs[i].First) && code.Features.Contains(pairs[i].Second);
                counts[i] += both ? 1 : 0;
            }
        });

        double spread = 0;
        for (int i = 0; i < pairs.Length; i++)
        {
            (int first, int second) = pairs[i];
            double correlation = source.ScoreCorrelation(first, second);
            spread = Math.Max(spread, Math.Abs(correlation));
            double positive = source.PositiveRate(first) * source.PositiveRate(second);
            Near(positive * Both(source.ScoreRates[first], source.ScoreRates[second], correlation), counts[i]);
        }

        Assert.True(spread > 0.2, $"no pair is correlated: {spread}");
    }

    [Fact]
    public void A_child_is_active_only_with_its_parent_and_without_its_siblings()
    {
        SynthSaeBenchSource source = new(4, Small);
        int children = 0;
        Visit(source, code =>
        {
            HashSet<int> active = [.. code.Features.ToArray()];
            for (int parent = 0; parent < 80; parent++)
            {
                int first = source.FirstChildOf(parent);
                int count = Enumerable.Range(first, 4).Count(active.Contains);
                Assert.InRange(count, 0, active.Contains(parent) ? 1 : 0);
                children += count;
            }
        });

        Assert.True(children > Rows, $"too few children to tell: {children}");
    }

    [Fact]
    public void Without_correlation_every_feature_and_the_mean_count_have_their_closed_form()
    {
        SynthSaeBenchSource source = new(5, Small with { CorrelationScale = 0 });
        double[] expected = new double[500];
        foreach (int head in Enumerable.Range(0, 16).Concat(Enumerable.Range(336, 500 - 336)))
        {
            expected[head] = source.ScoreRates[head] * source.PositiveRate(head);
        }

        for (int parent = 0; parent < 80; parent++)
        {
            int[] group = [.. Enumerable.Range(source.FirstChildOf(parent), 4)];
            foreach (int child in group)
            {
                double[] others = [.. group.Where(other => other != child)
                    .Select(other => source.ScoreRates[other] * source.PositiveRate(other))];
                expected[child] = expected[parent] * source.ScoreRates[child] * source.PositiveRate(child)
                    * MeanShare(others);
            }
        }

        int[] counts = Counts(source);
        for (int feature = 0; feature < 500; feature++)
        {
            Near(expected[feature], counts[feature]);
        }

        // Features of different families are independent; a family of 21 has at most 3 active.
        double error = Math.Sqrt(expected.Sum() * 3 / Rows);
        Assert.Equal(expected.Sum(), counts.Sum() / (double)Rows, Errors * error);
    }

    [Theory]
    [InlineData(0.9, 6, 0.25)]
    [InlineData(0.001, 6, 0.25)]
    [InlineData(0.001, 1, 0.7)]
    [InlineData(0.01, 64, 1)]
    [InlineData(0.01, 0, 0)]
    public void Thinned_features_fire_at_their_rate_however_frequent_and_correlated_they_are(
        double leastRate, int rank, double scale)
    {
        SynthSaeBenchOptions options = Small with
        {
            Features = 300,
            Roots = 0,
            LeastRate = leastRate,
            GreatestRate = 0.95,
            CorrelationRank = rank,
            CorrelationScale = scale,
        };
        SynthSaeBenchSource source = new(9, options);
        int[] counts = Counts(source);
        for (int feature = 0; feature < 300; feature++)
        {
            Near(source.ScoreRates[feature] * source.PositiveRate(feature), counts[feature]);
        }
    }

    [Fact]
    public void Rows_that_are_drawn_together_are_those_drawn_one_by_one()
    {
        // More rows than are drawn together and than make it worth reading the directions beforehand.
        const int Many = 1061;
        SynthSaeBenchSource source = new(10, Small with { DIn = 97, Children = 5, Roots = 8 });
        float[] together = new float[Many * 97];
        source.Draw(1L << 33, together);
        SyntheticRow code = new();
        float[] alone = new float[97];
        float[] cut = new float[3 * 97];
        for (int row = 0; row < Many; row++)
        {
            source.Draw((1L << 33) + row, code, alone);
            Assert.Equal(alone, together.AsSpan(row * 97, 97).ToArray());
        }

        source.Draw((1L << 33) + 31, cut);
        Assert.Equal(cut, together.AsSpan(31 * 97, cut.Length).ToArray());
        float[] expected = [.. source.Offset!];
        for (int entry = 0; entry < code.Count; entry++)
        {
            for (int d = 0; d < expected.Length; d++)
            {
                expected[d] = MathF.FusedMultiplyAdd(
                    code.Values[entry], source.Truth.Row(code.Features[entry])[d], expected[d]);
            }
        }

        Assert.Equal(expected, alone);
        Assert.Throws<ArgumentException>(() => source.Draw(0, new float[98]));
    }

    [Fact]
    public void The_strength_of_a_child_is_its_own_times_that_of_its_parent()
    {
        SynthSaeBenchSource source = new(6, Small);
        double sum = 0;
        double squares = 0;
        int count = 0;
        const int Parent = 0;
        Visit(source, code =>
        {
            int parent = code.Features.IndexOf(Parent);
            int child = code.Features.IndexOf(source.FirstChildOf(Parent));
            if (child >= 0)
            {
                double own = code.Values[child] / (code.Values[parent] / source.StrengthMean(Parent));
                sum += own;
                squares += own * own;
                count++;
            }
        });

        int feature = source.FirstChildOf(Parent);
        double mean = source.StrengthMean(feature);
        double deviation = source.StrengthDeviation(feature);
        double ratio = mean / deviation;
        double truncated = mean + (deviation * Normal.PDF(0, 1, ratio) / Normal.CDF(0, 1, ratio));
        double variance = (squares / count) - Math.Pow(sum / count, 2);
        Assert.Equal(truncated, sum / count, Errors * Math.Sqrt(variance / count));
    }

    [Fact]
    public void Directions_are_pushed_apart_as_a_plain_loop_in_double_does()
    {
        const int Steps = 3;
        SynthSaeBenchOptions options = Small with { Features = 340, DIn = 50, OrthogonalizationSteps = Steps };
        double[][] expected = Spread(TrueDirections.Sphere(7, 340, 50), Steps);
        TrueDirections found = new SynthSaeBenchSource(7, options).Truth;

        for (int feature = 0; feature < 340; feature++)
        {
            for (int d = 0; d < 50; d++)
            {
                // A step of Adam moves by at most 3e-4 or so, whatever the gradient: signs of tiny ones may differ in
                // float32, sizes of others by 340 roundings of 2⁻²⁴.
                Assert.Equal(expected[feature][d], found.Row(feature)[d], 340 * Math.ScaleB(1, -24));
            }
        }
    }

    [Fact]
    public void Pushed_directions_interfere_less()
    {
        SynthSaeBenchOptions options = Small with { OrthogonalizationSteps = 200 };
        double before = Interference(new SynthSaeBenchSource(8, Small).Truth);
        double after = Interference(new SynthSaeBenchSource(8, options).Truth);

        double welch = (500.0 - 24) / (24 * 499.0);
        Assert.True(after >= welch - 1e-9 && after < welch + ((before - welch) / 2), $"{before}, {after}, {welch}");
    }

    [Fact]
    public void A_number_outside_its_range_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new SynthSaeBenchSource(1, Small with { Features = 335 }));
        Assert.Throws<ArgumentException>(() => new SynthSaeBenchSource(1, Small with { GreatestRate = 1e-4 }));
        Assert.Throws<ArgumentException>(() => new SynthSaeBenchSource(1, Small with { CorrelationRank = 65 }));
    }

    private static int[] Counts(SynthSaeBenchSource source)
    {
        int[] counts = new int[source.Truth.Features];
        Visit(source, code =>
        {
            foreach (int feature in code.Features)
            {
                counts[feature]++;
            }
        });
        return counts;
    }

    private static void Visit(SynthSaeBenchSource source, Action<SyntheticRow> visit)
    {
        SyntheticRow code = new();
        for (int row = 0; row < Rows; row++)
        {
            source.DrawCode(row, code);
            visit(code);
        }
    }

    private static void Near(double rate, int count) =>
        Assert.Equal(rate, count / (double)Rows, Errors * Math.Sqrt(Math.Max(rate * (1 - rate), 1.0 / Rows) / Rows));

    /// <summary>The mean of 1 / (1 + how many of the others pass).</summary>
    private static double MeanShare(double[] others)
    {
        double mean = 0;
        for (int set = 0; set < 1 << others.Length; set++)
        {
            double probability = 1;
            int passing = 0;
            for (int i = 0; i < others.Length; i++)
            {
                bool passes = ((set >> i) & 1) == 1;
                passing += passes ? 1 : 0;
                probability *= passes ? others[i] : 1 - others[i];
            }

            mean += probability / (1 + passing);
        }

        return mean;
    }

    /// <summary>∫ φ(x) · Φ((ρ x − t₂) / √(1 − ρ²)) dx from t₁ on.</summary>
    private static double Both(double firstRate, double secondRate, double correlation)
    {
        const int Steps = 4000;
        double from = -Normal.InvCDF(0, 1, firstRate);
        double other = -Normal.InvCDF(0, 1, secondRate);
        double width = (9 - from) / Steps;
        double sum = 0;
        for (int i = 0; i < Steps; i++)
        {
            double x = from + ((i + 0.5) * width);
            double z = ((correlation * x) - other) / Math.Sqrt(1 - (correlation * correlation));
            sum += Normal.PDF(0, 1, x) * Normal.CDF(0, 1, z) * width;
        }

        return sum;
    }

    private static double Interference(TrueDirections directions)
    {
        double sum = 0;
        for (int first = 0; first < directions.Features; first++)
        {
            for (int second = 0; second < first; second++)
            {
                double dot = 0;
                for (int d = 0; d < directions.DIn; d++)
                {
                    dot += (double)directions.Row(first)[d] * directions.Row(second)[d];
                }

                sum += 2 * dot * dot;
            }
        }

        return sum / ((double)directions.Features * (directions.Features - 1));
    }

    private static double[][] Spread(TrueDirections start, int steps)
    {
        int n = start.Features;
        int d = start.DIn;
        double[][] rows =
            [.. Enumerable.Range(0, n).Select(i => Array.ConvertAll(start.Row(i).ToArray(), x => (double)x))];
        double[][] first = [.. rows.Select(_ => new double[d])];
        double[][] second = [.. rows.Select(_ => new double[d])];
        for (int step = 1; step <= steps; step++)
        {
            double[][] gradients = [.. rows.Select((row, i) =>
            {
                double[] gradient = [.. row.Select(x => 4 * n * (row.Sum(y => y * y) - 1) * x)];
                for (int j = 0; j < n; j++)
                {
                    double dot = j == i ? 0 : row.Zip(rows[j], (x, y) => x * y).Sum();
                    for (int c = 0; c < d; c++)
                    {
                        gradient[c] += 4 * dot * rows[j][c];
                    }
                }

                return gradient;
            })];
            for (int i = 0; i < n; i++)
            {
                for (int c = 0; c < d; c++)
                {
                    first[i][c] = (0.9 * first[i][c]) + (0.1 * gradients[i][c]);
                    second[i][c] = (0.999 * second[i][c]) + (0.001 * gradients[i][c] * gradients[i][c]);
                    double mean = first[i][c] / (1 - Math.Pow(0.9, step));
                    double square = second[i][c] / (1 - Math.Pow(0.999, step));
                    rows[i][c] -= 3e-4 * mean / (Math.Sqrt(square) + 1e-8);
                }
            }
        }

        return [.. rows.Select(row => row.Select(x => x / Math.Sqrt(row.Sum(y => y * y))).ToArray())];
    }
}
