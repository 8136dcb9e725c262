using SaeKernels.Data;
using SaeKernels.Metrics;

namespace SaeKernels.Tests.Data.Synthetic;

public class SyntheticSourceTests
{
    private const int Rows = 20_000;

    // Of a normal statistic a draw in 15,000 is further out than this many standard errors.
    private const double Errors = 4;

    [Fact]
    public void Bounce_activates_exactly_so_many_features_each_equally_often()
    {
        BounceSource source = new(seed: 3);
        int[] counts = new int[64];
        double sum = 0;
        Visit(source, code =>
        {
            Assert.Equal(3, code.Count);
            for (int i = 0; i < code.Count; i++)
            {
                counts[code.Features[i]]++;
                sum += code.Values[i];
            }
        });

        double rate = 3 / 64.0;
        Assert.All(counts, count => Near(rate, count / (double)Rows, Math.Sqrt(rate * (1 - rate) / Rows)));
        Near(0.5, sum / (3 * Rows), Math.Sqrt(1 / 12.0 / (3 * Rows)));
    }

    [Fact]
    public void A_vector_is_its_code_times_the_directions_plus_the_offset()
    {
        BounceSource source = new(seed: 4, features: 10, dIn: 6, active: 2, bias: 1.5);
        Assert.Equal(1.5, Math.Sqrt(source.Offset!.Sum(element => (double)element * element)), 6);
        SyntheticRow code = new();
        float[] vector = new float[6];
        for (int row = 0; row < 50; row++)
        {
            source.Draw(row, code, vector);
            for (int d = 0; d < 6; d++)
            {
                double expected = source.Offset![d];
                for (int i = 0; i < code.Count; i++)
                {
                    expected += (double)code.Values[i] * source.Truth.Row(code.Features[i])[d];
                }

                Assert.Equal((float)expected, vector[d]);
            }
        }
    }

    [Fact]
    public void Directions_have_unit_length_and_another_seed_gives_others()
    {
        TrueDirections directions = TrueDirections.Sphere(1, 100, 32);
        for (int feature = 0; feature < 100; feature++)
        {
            double squares = 0;
            foreach (float element in directions.Row(feature))
            {
                squares += (double)element * element;
            }

            // Each of 32 elements is rounded once, by 2⁻²⁴ of itself at the most.
            Assert.Equal(1, squares, Math.ScaleB(2, -23));
        }

        Assert.NotEqual(directions.Rows.ToArray(), TrueDirections.Sphere(2, 100, 32).Rows.ToArray());
    }

    // Cosines of two of them have mean 0, variance 1/n and E[cos⁴] = 3 / (n(n + 2)); pairs are uncorrelated.
    [Fact]
    public void Cosines_of_directions_have_the_moments_of_the_sphere()
    {
        const int Features = 512;
        const int DIn = 256;
        const double Pairs = Features * (Features - 1) / 2.0;
        UnitDirections directions = UnitDirections.From(TrueDirections.Sphere(3, Features, DIn).Rows, DIn);
        double sum = 0;
        double squares = 0;
        double[] largest = new double[Features];
        for (int i = 0; i < Features; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double cosine = VectorProducts.Dot(directions[i], directions[j]);
                sum += cosine;
                squares += cosine * cosine;
                largest[i] = Math.Max(largest[i], cosine);
                largest[j] = Math.Max(largest[j], cosine);
            }
        }

        double second = 1.0 / DIn;
        Near(0, sum / Pairs, Math.Sqrt(second / Pairs));
        Near(second, squares / Pairs, Math.Sqrt(((3 * second / (DIn + 2)) - (second * second)) / Pairs));
        Assert.Equal(RandomBaseline.MeanMaxCosine(DIn, Features - 1), largest.Average(), 0.005);
    }

    [Theory]
    // Closed forms of the replication: Σ λ^g · m/G, Π (1 − p_g).
    [InlineData(false, 0.97088, 0.37784)]
    [InlineData(true, 5, 0.0063138)]
    public void Uncorrelated_features_have_the_known_mean_and_share_of_empty_rows(
        bool rescale, double meanActive, double emptyShare)
    {
        SharkeySource source = new(5, new SharkeyOptions
        {
            Correlated = false,
            Rescale = rescale,
            FillEmptyRows = false,
        });
        double[] probabilities = source.Probabilities(0);
        Assert.Equal(meanActive, probabilities.Sum(), 5e-6);
        Assert.Equal(emptyShare, probabilities.Aggregate(1.0, (product, p) => product * (1 - p)), 5e-6);
        long active = 0;
        int empty = 0;
        Visit(source, code =>
        {
            active += code.Count;
            empty += code.Count == 0 ? 1 : 0;
        });
        double variance = probabilities.Sum(p => p * (1 - p));
        Near(meanActive, active / (double)Rows, Math.Sqrt(variance / Rows));
        Near(emptyShare, empty / (double)Rows, Math.Sqrt(emptyShare * (1 - emptyShare) / Rows));
    }

    // Closed forms: Σ 0.99^g, p = 0.99^g · 5 / Σ 0.99^g, Σ h(p).
    [Fact]
    public void Uncorrelated_probabilities_have_the_known_range_and_entropy()
    {
        double[] probabilities = new SharkeySource(5, new SharkeyOptions { Correlated = false }).Probabilities(0);

        Assert.Equal(99.4176, 5 / probabilities[0], 5e-5);
        Assert.Equal(0.050293, probabilities.Max(), 5e-7);
        Assert.Equal(2.9586e-4, probabilities.Min(), 5e-9);
        Assert.Equal(35.648, probabilities.Sum(HistogramEntropy.OfChoice), 5e-4);
    }

    [Fact]
    public void Noise_leaves_its_variance_beside_the_code()
    {
        const double Noise = 0.1;
        SharkeySource source = new(13, new SharkeyOptions { Features = 30, DIn = 8, Active = 3, Noise = Noise });
        SyntheticRow code = new();
        float[] vector = new float[8];
        double squares = 0;
        for (int row = 0; row < Rows; row++)
        {
            source.Draw(row, code, vector);
            for (int d = 0; d < 8; d++)
            {
                double left = vector[d];
                for (int i = 0; i < code.Count; i++)
                {
                    left -= (double)code.Values[i] * source.Truth.Row(code.Features[i])[d];
                }

                squares += left * left;
            }
        }

        Near(Noise * Noise, squares / (8 * Rows), Noise * Noise * Math.Sqrt(2.0 / (8 * Rows)));
    }

    [Fact]
    public void Correlated_probabilities_add_up_to_the_wanted_mean_in_every_row()
    {
        SharkeySource source = new(6, new SharkeyOptions { Features = 40, DIn = 8, Active = 4, RowsPerLatent = 2 });
        for (int row = 0; row < 10; row++)
        {
            Assert.Equal(4, source.Probabilities(row).Sum(), 1e-9);
        }

        Assert.Equal(source.Probabilities(0), source.Probabilities(1));
        Assert.NotEqual(source.Probabilities(1), source.Probabilities(2));
    }

    [Fact]
    public void The_three_readings_of_the_decay_are_of_the_same_normal_vector()
    {
        const double Lambda = 0.9;
        SharkeyOptions options = new() { Features = 6, DIn = 4, Active = 2, Decay = Lambda };
        SharkeyDecay[] modes =
            [SharkeyDecay.Multiply, SharkeyDecay.ExponentLambdaG, SharkeyDecay.ExponentLambdaPowG];
        double[][] probabilities =
            [.. modes.Select(mode => new SharkeySource(6, options with { DecayMode = mode }).Probabilities(3))];

        // u^(λ·0) = 1, so the second reading gives u of every feature but the first, and those give the other readings.
        for (int feature = 1; feature < 6; feature++)
        {
            double u = UniformOf(feature);
            Assert.InRange(u, 0, 1);
            AssertRatio(u * Math.Pow(Lambda, feature - 1) / UniformOf(1), probabilities[0], feature);
            AssertRatio(
                Math.Pow(u, Math.Pow(Lambda, feature)) / Math.Pow(UniformOf(1), Lambda), probabilities[2], feature);
        }

        double UniformOf(int feature) =>
            Math.Pow(probabilities[1][feature] / probabilities[1][0], 1 / (Lambda * feature));

        static void AssertRatio(double expected, double[] probabilities, int feature) =>
            Assert.Equal(1, probabilities[feature] / probabilities[1] / expected, 1e-9);
    }

    [Fact]
    public void A_covariance_of_large_variances_leaves_each_feature_all_or_nothing()
    {
        // A·Aᵀ has variances about 512, so u = Φ(z) is all but 0 or 1, with equal chance, whatever the exponent. For
        // one draw the z of features are independent: counts are binomial, with a deviation of 11; 6 are allowed.
        // Between are features where 1 − Φ(z) is about 1 / g, so z is 0 to 3: 3 / √512 · φ(0) = 5 % of them.
        const double Whole = 256;
        const double Between = 0.053 * 512;
        SharkeyOptions options = new() { GramCovariance = true, DecayMode = SharkeyDecay.ExponentLambdaG };
        double[] probabilities = new SharkeySource(6, options).Probabilities(0);
        double most = probabilities[0];

        Assert.Equal(5, probabilities.Sum(), 1e-9);
        Assert.InRange(probabilities.Count(p => p < 0.01 * most), Whole - 66, Whole + 66 + Between);
        Assert.InRange(probabilities.Count(p => p > 0.99 * most), Whole - 66 - Between, Whole + 66);
    }

    [Fact]
    public void An_empty_row_gets_one_feature_of_strength_one()
    {
        SharkeySource source = new(7, new SharkeyOptions { Features = 30, DIn = 4, Active = 0.5 });
        int filled = 0;
        Visit(source, code =>
        {
            Assert.NotEqual(0, code.Count);
            filled += code.Count == 1 && code.Values[0] == 1 ? 1 : 0;
        });

        Assert.NotEqual(0, filled);
    }

    [Fact]
    public void Product_values_have_a_mean_of_a_quarter()
    {
        SharkeySource source = new(8, new SharkeyOptions
        {
            Features = 64,
            DIn = 4,
            Correlated = false,
            FillEmptyRows = false,
            ProductValues = true,
        });
        (double sum, long count) = Sum(source);

        // E[(UV)²] = 1/9, so the variance of a product is 1/9 − 1/16.
        Near(0.25, sum / count, Math.Sqrt(((1 / 9.0) - (1 / 16.0)) / count));
    }

    [Fact]
    public void Toy_features_have_the_moments_of_the_paper()
    {
        const double Sparsity = 0.7;
        FeatureSetSource source = new(9, FeatureSetKind.Toy, sets: 20, members: 1, Sparsity);
        double sum = 0;
        double squares = 0;
        Visit(source, code =>
        {
            foreach (float value in code.Values)
            {
                sum += value;
                squares += (double)value * value;
            }
        });
        double elements = 20.0 * Rows;
        double second = (1 - Sparsity) / 3;
        double first = (1 - Sparsity) / 2;
        Near(first, sum / elements, Math.Sqrt((second - (first * first)) / elements));
        Near(second, squares / elements, Math.Sqrt((((1 - Sparsity) / 5) - (second * second)) / elements));
    }

    [Fact]
    public void Correlated_sets_are_on_or_off_as_a_whole_and_anticorrelated_ones_have_one_member()
    {
        Visit(new FeatureSetSource(10, FeatureSetKind.Correlated, sets: 3, members: 2, 0.5), code =>
        {
            foreach (int feature in code.Features)
            {
                Assert.NotEqual(-1, code.Features.IndexOf(feature ^ 1));
            }
        });
        int[] sets = new int[3];
        Visit(new FeatureSetSource(11, FeatureSetKind.Anticorrelated, sets: 3, members: 4, 0.5), code =>
        {
            Assert.Equal(code.Count, code.Features.ToArray().DistinctBy(feature => feature / 4).Count());
            foreach (int feature in code.Features)
            {
                sets[feature / 4]++;
            }
        });
        Assert.All(sets, count => Near(0.5, count / (double)Rows, Math.Sqrt(0.25 / Rows)));
    }

    [Fact]
    public void A_child_is_active_only_with_its_parent_and_as_often_as_was_said()
    {
        HierarchySource source = new(12, parents: 5, children: 3, dIn: 8, parentRate: 0.2, childRate: 0.4);
        long parents = 0;
        long children = 0;
        Visit(source, code =>
        {
            foreach (int feature in code.Features)
            {
                parents += feature % 4 == 0 ? 1 : 0;
                children += feature % 4 == 0 ? 0 : 1;
                Assert.NotEqual(-1, code.Features.IndexOf(feature / 4 * 4));
            }
        });
        Near(0.2, parents / (5.0 * Rows), Math.Sqrt(0.2 * 0.8 / (5 * Rows)));
        Near(0.4, children / (3.0 * parents), Math.Sqrt(0.4 * 0.6 / (3 * parents)));
    }

    [Fact]
    public void A_parameter_outside_its_range_is_refused_by_name()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => new BounceSource(0, 4, 2, active: 5));
        Assert.Equal("BounceSource: active must be between 1 and 4, but is 5. Change it.", fault.Message);
        Assert.Throws<ArgumentException>(() => new FeatureSetSource(0, FeatureSetKind.Toy, 4, 1, double.NaN));
        Assert.Throws<ArgumentException>(() => new HierarchySource(0, parentRate: -0.1));
        Assert.Throws<ArgumentException>(() => new SharkeySource(0, new SharkeyOptions { Decay = 0 }));
        Assert.Throws<ArgumentException>(() => TrueDirections.Sphere(0, 0, 4));
    }

    private static (double Sum, long Count) Sum(SyntheticSource source)
    {
        double sum = 0;
        long count = 0;
        Visit(source, code =>
        {
            count += code.Count;
            foreach (float value in code.Values)
            {
                sum += value;
            }
        });
        return (sum, count);
    }

    private static void Visit(SyntheticSource source, Action<SyntheticRow> visit)
    {
        SyntheticRow code = new();
        for (int row = 0; row < Rows; row++)
        {
            source.DrawCode(row, code);
            visit(code);
        }
    }

    private static void Near(double expected, double found, double standardError) =>
        Assert.InRange(found, expected - (Errors * standardError), expected + (Errors * standardError));
}
