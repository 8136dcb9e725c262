using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Training;

namespace SaeKernels.Tests.Training;

/// <summary>Toy models of superposition and their geometry: E28 of the acceptance checks.</summary>
public class ToyModelTests
{
    [Fact]
    public void Five_sparse_features_in_a_plane_form_a_pentagon()
    {
        ToyModel model = ToyModel.TrainBest(
            new FeatureSetSource(1, FeatureSetKind.Toy, sets: 5, members: 1, sparsity: 0.95),
            new ToyModelOptions { Hidden = 2, Steps = 3000, Batch = 256 },
            starts: 10);

        Assert.All(model.Geometry.Dimensionalities, share => Assert.Equal(2 / 5.0, share, 0.02));
    }

    [Fact]
    public void Dense_features_get_a_dimension_each_in_the_order_of_their_importance()
    {
        ToyModel model = ToyModel.Train(
            new FeatureSetSource(2, FeatureSetKind.Toy, sets: 8, members: 1, sparsity: 0),
            new ToyModelOptions
            {
                Hidden = 3,
                Steps = 3000,
                Batch = 128,
                Importance = [.. Enumerable.Range(0, 8).Select(i => Math.Pow(0.7, i))],
            });

        Assert.All(model.Geometry.Dimensionalities.Take(3), share => Assert.Equal(1, share, 0.02));
        Assert.All(model.Geometry.Norms.Skip(3), norm => Assert.InRange(norm, 0, 0.1));
        Assert.Equal(1, model.Geometry.DimensionsPerFeature, 0.05);
    }

    // A dimension holds a pair of opposite features, so ‖W‖² is twice their number, as long as a third one costs more
    // by interference than it brings: at sparsities from about 0.55 to 0.75. Sparser features crowd. 400 features in 30
    // dimensions are in `.ci/long/checks`.
    [Fact]
    public void Opposite_pairs_have_half_a_dimension_each_over_an_interval_of_sparsities()
    {
        Assert.All((double[])[0.6, 0.7], sparsity => Assert.Equal(1 / 2.0, DimensionsPerFeature(sparsity), 0.05));
        Assert.InRange(DimensionsPerFeature(0.9), 0, 0.4);

        static double DimensionsPerFeature(double sparsity) => ToyModel.Train(
            new FeatureSetSource(42, FeatureSetKind.Toy, sets: 40, members: 1, sparsity),
            new ToyModelOptions { Hidden = 4, Steps = 1000, Batch = 128 }).Geometry.DimensionsPerFeature;
    }

    // The phases of two features in one dimension: the second is left out, has it alone, or shares it with the first.
    [Theory]
    [InlineData(0, 0.1, 1, 0)]
    [InlineData(0, 10, 0, 1)]
    [InlineData(0.97, 1, 1, 1)]
    public void Two_features_in_one_dimension_have_their_three_phases(
        double sparsity, double importance, double first, double second)
    {
        ToyModel model = ToyModel.TrainBest(
            new FeatureSetSource(3, FeatureSetKind.Toy, sets: 2, members: 1, sparsity),
            new ToyModelOptions { Hidden = 1, Steps = 2000, Batch = 256, Importance = [1, importance] },
            starts: 4);

        Assert.Equal(first, model.Geometry.Norms[0], 0.1);
        Assert.Equal(second, model.Geometry.Norms[1], 0.1);
        double product = model.Directions[0] * model.Directions[1];
        Assert.InRange(product, first * second > 0 ? -1.2 : -0.1, first * second > 0 ? -0.8 : 0.1);
    }

    [Theory]
    [InlineData(2, 2, 1.0)]
    [InlineData(2, 1, 1 / 2.0)]
    [InlineData(3, 2, 2 / 3.0)]
    [InlineData(5, 2, 2 / 5.0)]
    public void Regular_polygons_share_their_dimensions_evenly(int features, int hidden, double expected)
    {
        double[] directions = new double[features * hidden];
        for (int i = 0; i < features; i++)
        {
            // Two features in two dimensions are at a right angle; in one they are opposite.
            double angle = features == hidden ? Math.PI / 2 * i : 2 * Math.PI * i / features;
            directions[i * hidden] = 3 * Math.Cos(angle);
            if (hidden == 2)
            {
                directions[(i * hidden) + 1] = 3 * Math.Sin(angle);
            }
        }

        SuperpositionGeometry geometry = SuperpositionGeometry.Of(directions, hidden);
        Assert.All(geometry.Dimensionalities, share => Assert.Equal(expected, share, 1e-12));
        Assert.Equal(9 * features, geometry.FrobeniusSquared, 1e-9);
    }

    [Fact]
    public void A_tetrahedron_and_a_square_antiprism_have_the_shares_of_the_paper()
    {
        double[] tetrahedron = [1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1];
        Assert.All(
            SuperpositionGeometry.Of(tetrahedron, 3).Dimensionalities, share => Assert.Equal(3 / 4.0, share, 1e-12));

        // Two squares, one turned by an eighth, at heights ±h with 2h² = 1: rows of equal length, columns too.
        double h = Math.Sqrt(0.5);
        double[] antiprism =
        [
            .. Enumerable.Range(0, 8).SelectMany(i =>
            {
                double angle = (Math.PI / 2 * (i % 4)) + (i < 4 ? 0 : Math.PI / 4);
                return (double[])[Math.Cos(angle), Math.Sin(angle), i < 4 ? h : -h];
            }),
        ];
        Assert.All(
            SuperpositionGeometry.Of(antiprism, 3).Dimensionalities, share => Assert.Equal(3 / 8.0, share, 1e-12));
    }

    [Fact]
    public void Options_outside_their_range_are_refused() => Assert.StartsWith(
        "ToyModel: Hidden, Steps",
        Assert.Throws<ArgumentException>(() => ToyModel.Train(
            new FeatureSetSource(1, FeatureSetKind.Toy, 3, 1, 0.5),
            new ToyModelOptions { Hidden = 2, Importance = [1, 1] })).Message,
        StringComparison.Ordinal);
}
