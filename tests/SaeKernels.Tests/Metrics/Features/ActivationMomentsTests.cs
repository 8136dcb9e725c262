using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>E20 of the acceptance checks: skewness and kurtosis against closed forms.</summary>
public class ActivationMomentsTests
{
    private const int Draws = 1_000_000;

    // The standard error of a sample's skew or kurtosis is its own fourth to eighth moments' business; these are
    // measured as the spread over 100 parts of the draws, divided by 10.
    [Theory]
    [InlineData("exponential", 2, 6)]
    [InlineData("uniform", 0, -1.2)]
    [InlineData("half-normal", 0.99527, 0.86918)]
    public void Shape_of_a_known_distribution(string distribution, double skew, double kurtosis)
    {
        const int Parts = 100;
        RandomSequence random = new(77, RandomPurpose.General);
        double[] values = [.. Enumerable.Range(0, Draws).Select(_ => Draw(distribution, ref random))];
        ActivationMoments all = Of(values, Draws);
        ActivationMoments[] parts = [.. values.Chunk(Draws / Parts).Select(part => Of(part, part.Length))];

        Assert.InRange(all.Skew - skew, -Error(parts, part => part.Skew), Error(parts, part => part.Skew));
        Assert.InRange(
            all.Kurtosis - kurtosis, -Error(parts, part => part.Kurtosis), Error(parts, part => part.Kurtosis));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.01)]
    [InlineData(1e-4)]
    public void A_constant_that_is_active_now_and_then_has_the_skew_of_Bernoulli(double p)
    {
        const long Rows = 1_000_000;
        const double Value = 3;
        double active = Rows * p;
        ActivationMoments all = new(
            Rows, active * Value, active * Value * Value, active * Math.Pow(Value, 3), active * Math.Pow(Value, 4));
        double variance = p * (1 - p);
        double skew = (1 - (2 * p)) / Math.Sqrt(variance);

        Assert.Equal(skew, all.Skew, 1e-9 * Math.Max(1, skew));
        Assert.Equal((1 - (6 * variance)) / variance, all.Kurtosis, 1e-9 / variance);
        Assert.Equal(p / Math.Pow(variance, 1.5), all.SkewUncentered, 1e-9 * all.SkewUncentered);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.01)]
    public void An_exponential_among_zeros_has_the_uncentered_skew_of_the_closed_form(double p)
    {
        // Power sums of the distribution itself: E[zʳ] = p · r!.
        const long Rows = 1_000_000;
        ActivationMoments all = new(Rows, Rows * p, Rows * p * 2, Rows * p * 6, Rows * p * 24);

        double expected = 6 / (Math.Sqrt(p) * Math.Pow(2 - p, 1.5));
        Assert.Equal(expected, all.SkewUncentered, 1e-12 * expected);
    }

    [Fact]
    public void Power_sums_agree_with_two_passes()
    {
        RandomSequence random = new(78, RandomPurpose.General);
        double[] values = [.. Enumerable.Range(0, 20_000).Select(_ => (float)(10 + random.NextNormal()))];
        ActivationMoments all = Of(values, values.Length);
        double mean = values.Average();
        double Moment(int power) => values.Average(value => Math.Pow(value - mean, power));

        Assert.Equal(Math.Sqrt(Moment(2)), all.Sigma, 1e-6 * all.Sigma);
        Assert.Equal(Moment(3) / Math.Pow(Moment(2), 1.5), all.Skew, 1e-6);
        Assert.Equal((Moment(4) / Math.Pow(Moment(2), 2)) - 3, all.Kurtosis, 1e-6);
    }

    [Fact]
    public void Equal_numbers_have_no_shape_and_no_numbers_have_nothing()
    {
        ActivationMoments equal = Of([0.1f, 0.1f, 0.1f], 3);
        ActivationMoments none = Of([], 0);

        Assert.Equal(0, equal.Sigma);
        Assert.True(double.IsNaN(equal.Skew));
        Assert.True(double.IsNaN(none.Mean));
        Assert.True(double.IsNaN(none.Sigma));
    }

    private static double Draw(string distribution, ref RandomSequence random) => distribution switch
    {
        "exponential" => -Math.Log(1 - random.NextDouble()),
        "uniform" => random.NextDouble(),
        _ => Math.Abs(random.NextNormal()),
    };

    private static ActivationMoments Of(IReadOnlyList<double> values, long count) => new(
        count,
        values.Sum(),
        values.Sum(value => value * value),
        values.Sum(value => value * value * value),
        values.Sum(value => value * value * value * value));

    /// <summary>Three standard errors of a figure of all parts together.</summary>
    private static double Error(ActivationMoments[] parts, Func<ActivationMoments, double> figure)
    {
        double mean = parts.Average(figure);
        double variance = parts.Average(part => Math.Pow(figure(part) - mean, 2));
        return 3 * Math.Sqrt(variance / parts.Length);
    }
}
