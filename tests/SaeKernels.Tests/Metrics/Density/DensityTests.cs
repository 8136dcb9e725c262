using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>E17 and E18 of the acceptance checks: what densities say.</summary>
public class DensityTests
{
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.01)]
    [InlineData(1e-3)]
    [InlineData(1e-4)]
    [InlineData(1e-5)]
    public void A_planted_density_is_found_within_three_sigma(double density)
    {
        const int Rows = 1_000_000;
        RandomSequence random = new(41, RandomPurpose.General);
        QuantileBins bins = new(1);
        for (int row = 0; row < Rows; row++)
        {
            bins.Add(0, random.NextDouble() < density ? 1 : 0);
        }

        double sigma = Math.Sqrt(density * (1 - density) / Rows);
        Assert.InRange(bins.CountOf(0) / (double)Rows, density - (3 * sigma), density + (3 * sigma));
    }

    // The densities' own antimode of 0.3 N(−6.5, 0.3) + 0.7 N(−4, 0.5), found on a grid.
    [Fact]
    public void Two_groups_part_at_the_valley_between_them()
    {
        double valley = Enumerable.Range(0, 2501).Select(i => -6.5 + (i * 0.001)).MinBy(
            x => (0.3 / 0.3 * Normal((x + 6.5) / 0.3)) + (0.7 / 0.5 * Normal((x + 4) / 0.5)));
        for (ulong seed = 0; seed < 20; seed++)
        {
            RandomSequence random = new(seed, RandomPurpose.General);
            double[] densities =
            [
                .. Enumerable.Range(0, 4096).Select(_ => random.NextDouble() < 0.3
                    ? Math.Pow(10, -6.5 + (0.3 * random.NextNormal()))
                    : Math.Pow(10, -4 + (0.5 * random.NextNormal()))),
            ];

            Assert.InRange(DensityModes.Split(densities), valley - 0.3, valley + 0.3);
        }
    }

    [Fact]
    public void One_group_is_not_parted_nor_are_latents_that_were_active_once_or_twice()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            RandomSequence random = new(seed, RandomPurpose.General);
            double[] broad = [.. Enumerable.Range(0, 4096).Select(_ => Math.Pow(10, -4 + random.NextNormal()))];
            Assert.True(double.IsNaN(DensityModes.Split(broad)));

            // Counts of rare events in 100,000 rows: geometric, 1 2 3 4 …
            double[] rare =
                [.. Enumerable.Range(0, 4096).Select(_ => Math.Ceiling(-3 * Math.Log(1 - random.NextDouble())) / 1e5)];
            Assert.True(double.IsNaN(DensityModes.Split(rare)));
        }

        Assert.True(double.IsNaN(DensityModes.Split([0, 0, 0.1, 0.1])));
    }

    [Fact]
    public void An_always_active_direction_is_an_offset_and_a_frequent_feature_is_frequent()
    {
        const int Draws = 100;
        const int Rows = 4000;
        (string Class, double Density, Func<RandomSequence, double> Draw)[] planted =
        [
            // An always-on direction; noise silences it now and then.
            (DensityClass.Offset, 0.97, random => 4 + (1.2 * random.NextNormal())),
            // Weak noise below, the feature itself well above.
            (DensityClass.Frequent, 0.3, random =>
                random.NextDouble() < 0.4 ? -Math.Log(1 - random.NextDouble()) : 6 + random.NextNormal()),
            (DensityClass.Frequent, 0.3, random => 6 + random.NextNormal()),
            (DensityClass.NotSparse, 0.4, random => Math.Abs(random.NextNormal())),
            (DensityClass.NotSparse, 0.4, random => -Math.Log(1 - random.NextDouble())),
        ];
        foreach ((string expected, double density, Func<RandomSequence, double> draw) in planted)
        {
            int right = Enumerable.Range(0, Draws).Count(trial =>
                DensityClass.Of(density, double.NaN, Shape(draw, trial, (int)(Rows * density))) == expected);

            Assert.True(right >= 95, $"{expected}: {right} of {Draws}");
        }
    }

    [Fact]
    public void Silent_rare_and_usual_latents_are_told_apart_by_the_split()
    {
        ActivationClustering few = ActivationClustering.Of([3], 1, 1, 1);

        Assert.Equal(DensityClass.Dead, DensityClass.Of(0, -5, few));
        Assert.Equal(DensityClass.Ultralow, DensityClass.Of(1e-6, -5, few));
        Assert.Equal(DensityClass.Usual, DensityClass.Of(1e-4, -5, few));
        Assert.Equal(DensityClass.Usual, DensityClass.Of(1e-6, double.NaN, few));
        Assert.Equal(DensityClass.Unclear, DensityClass.Of(0.5, -5, few));
        Assert.Equal(DensityClass.Usual, DensityClass.Of(0.5, -5, few, denseAbove: 0.5));
    }

    [Fact]
    public void Every_latent_has_one_class_and_counts_are_those_of_the_thresholds()
    {
        DensityThresholds thresholds = new([0.05, 0.08, 0.9], denseAbove: 0.08);
        IReadOnlyList<FeatureRow> rows = FeatureOrderTests.Table(thresholds);
        DensityDiagnosis density = new(rows, thresholds);

        Assert.Equal(rows.Count, density.Latents);
        Assert.Equal(density.Latents, density.Classes.Sum(pair => pair.Value));
        Assert.Equal(rows.Count(row => row.Density > 0.08), density.Dense);
        Assert.Equal(
            thresholds.Counted.Select(least => rows.Count(row => row.Density > least)), density.Above);
        Assert.InRange(density.Dense, 1, rows.Count - 1);
        Assert.Equal(
            [0, 0.05, 0.08, 0.9], new[] { 0.05, 0.08, 0.5, 1 }.Select(thresholds.LargestBelow));
    }

    [Theory]
    [InlineData]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(double.NaN)]
    [InlineData(0.1, 0.01)]
    [InlineData(0.1, 0.1)]
    [InlineData(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)]
    public void Thresholds_ascend_between_0_and_1(params double[] counted)
    {
        Assert.Contains("Counted", Assert.Throws<ArgumentException>(() => new DensityThresholds(counted)).Message);
    }

    [Fact]
    public void The_distance_of_two_groups_is_measured_in_their_spread()
    {
        RandomSequence random = new(43, RandomPurpose.General);
        double[][] left = [.. Enumerable.Range(0, 20_000).Select(_ => Point(0, ref random))];
        double[][] right = [.. Enumerable.Range(0, 20_000).Select(_ => Point(6, ref random))];

        // Mean 6 away along the first axis whose σ is 2; the second is correlated with it by half: 3 / √(1 − 0.25).
        Assert.Equal(3 / Math.Sqrt(0.75), MahalanobisDistance.Between(left, right), 0.05);
    }

    // E17: in log density, encoder bias and ⟨encoder, decoder⟩ the groups are 2.5, 2 and 0.6 apart. All three are
    // independent, with pooled variances 0.3 · 0.3² + 0.7 · 0.5², 0.5² and 0.1².
    [Fact]
    public void The_ultralow_group_is_as_far_from_the_others_as_it_was_planted()
    {
        FeatureRow any = FeatureOrderTests.Table()[0];
        RandomSequence random = new(44, RandomPurpose.General);
        ActivationClustering few = ActivationClustering.Of([3], 1, 1, 1);
        List<FeatureRow> planted = [];
        for (int latent = 0; latent < 4096; latent++)
        {
            bool isLow = random.NextDouble() < 0.3;
            double log = isLow ? -6.5 + (0.3 * random.NextNormal()) : -4 + (0.5 * random.NextNormal());
            planted.Add(any with
            {
                Density = Math.Pow(10, log),
                Log10Density = log,
                EncoderBias = (isLow ? -2 : 0) + (0.5 * random.NextNormal()),
                EncoderDecoderDot = (isLow ? 0.2 : 0.8) + (0.1 * random.NextNormal()),
            });
        }

        double split = DensityModes.Split(planted.Select(row => row.Density));
        DensityDiagnosis found = new(
            [.. planted.Select(row => row with { DensityClass = DensityClass.Of(row.Density, split, few) })]);

        double expected = Math.Sqrt((2.5 * 2.5 / (0.027 + 0.175)) + 16 + 36);
        Assert.Equal(expected, found.UltralowSeparation, 0.05 * expected);
        Assert.Equal(0.3, found.CountOf(DensityClass.Ultralow) / 4096.0, 0.03);
    }

    private static double[] Point(double mean, ref RandomSequence random)
    {
        double first = random.NextNormal();
        double second = (0.5 * first) + (Math.Sqrt(0.75) * random.NextNormal());
        return [mean + (2 * first), second, 7];
    }

    private static double Normal(double x) => Math.Exp(-0.5 * x * x);

    private static ActivationClustering Shape(Func<RandomSequence, double> draw, int trial, int count)
    {
        List<float> values = [];
        for (long step = 0; values.Count < count; step++)
        {
            float value = (float)draw(new RandomSequence((ulong)trial, RandomPurpose.General, step));
            if (value > 0)
            {
                values.Add(value);
            }
        }

        return ShapeOf([.. values]);
    }

    /// <summary>The shape of activations, from bins as the table has them.</summary>
    internal static ActivationClustering ShapeOf(float[] values)
    {
        if (values.Length == 0)
        {
            return ActivationClustering.Of([0], 1, 1, 1);
        }

        float[] sorted = [.. values.Order()];
        EvenBins bins = new(0, sorted[^1], FeatureSecondPass.LinearBins);
        long[] counts = new long[bins.Count];
        Array.ForEach(values, value => counts[bins.IndexOf(value)]++);
        double mean = sorted.Average();
        double sigma = Math.Sqrt(sorted.Average(value => (value - mean) * (value - mean)));
        return ActivationClustering.Of(
            counts, sorted[^1], sigma, sorted[sorted.Length * 3 / 4] - sorted[sorted.Length / 4]);
    }
}
