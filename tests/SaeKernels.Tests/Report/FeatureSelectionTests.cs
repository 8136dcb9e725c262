using SaeKernels.Report;

namespace SaeKernels.Tests.Report;

public class FeatureSelectionTests
{
    private static readonly double[] Sums = [0, 5, 1, 5, 9];

    [Theory]
    [InlineData("all", new[] { 0, 1, 2, 3, 4 })]
    [InlineData("top:1", new[] { 4 })]
    [InlineData("top:2", new[] { 1, 4 })]
    [InlineData("top:99", new[] { 0, 1, 2, 3, 4 })]
    [InlineData("ids:3,0,3", new[] { 0, 3 })]
    public void The_lowest_of_equal_features_comes_first(string text, int[] expected) =>
        Assert.Equal(expected, FeatureSelection.Parse(text).Choose(Sums));

    [Theory]
    [InlineData("")]
    [InlineData("top:0")]
    [InlineData("top:x")]
    [InlineData("ids:")]
    [InlineData("ids:1,-2")]
    [InlineData("500")]
    public void Anything_else_is_refused(string text) =>
        Assert.Contains("top:500", Assert.Throws<ArgumentException>(() => FeatureSelection.Parse(text)).Message);

    [Fact]
    public void A_feature_that_the_model_lacks_is_refused()
    {
        ArgumentException fault =
            Assert.Throws<ArgumentException>(() => FeatureSelection.Parse("ids:2,5").Choose(Sums));

        Assert.Contains("DSae = 5, but one is 5", fault.Message, StringComparison.Ordinal);
    }
}
