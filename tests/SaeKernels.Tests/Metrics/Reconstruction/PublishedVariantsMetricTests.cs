using System.Reflection;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>Each library's figure against its formula, written out.</summary>
public class PublishedVariantsMetricTests
{
    private const int DIn = 5;
    private const int Block = PublishedVariantsMetric.Block;

    [Fact]
    public void Figures_of_one_block_are_the_formulas()
    {
        (float[][] x, float[][] r) = Draw(1, 300);
        PublishedVariants figures = Of(x, r, 300);
        double n = x.Length;
        double[] mean = [.. Enumerable.Range(0, DIn).Select(d => x.Average(row => (double)row[d]))];
        double[] squaredErrors = [.. x.Zip(r, (a, b) => a.Zip(b, (p, q) => Square((double)p - q)).Sum())];
        double[] squares = [.. x.Select(a => a.Sum(p => Square(p)))];
        double[] variations = [.. x.Select(a => a.Select((p, d) => Square(p - mean[d])).Sum())];
        double[] ratios = [.. squaredErrors.Zip(variations, (e, v) => 1 - (e / v))];
        double elementMean = x.Average(a => a.Average(p => (double)p));

        Close(squaredErrors.Sum() / variations.Sum(), figures.FvuSparsify);
        Close(1 - (squaredErrors.Sum() / variations.Sum()), figures.ExplainedVarianceSaeLensLog);
        Close(ratios.Average(), figures.ExplainedVarianceSaeLensLegacy);
        Close(
            Math.Sqrt(ratios.Sum(value => Square(value - ratios.Average())) / (n - 1)),
            figures.ExplainedVarianceSaeLensLegacyStd);
        double s = squares.Average();
        Close(1 - (squaredErrors.Average() / (s - Square(s / DIn))), figures.ExplainedVarianceSaeLens6450);
        double[] errorMean =
            [.. Enumerable.Range(0, DIn).Select(d => x.Zip(r, (a, b) => (double)a[d] - b[d]).Average())];
        double errorVariance = x.Zip(r, (a, b) => a.Select((p, d) => Square(p - b[d] - errorMean[d])).Sum()).Sum();
        Close(1 - (errorVariance / variations.Sum()), figures.FracVarianceExplained);
        Close(
            1 - (squaredErrors.Sum() / x.Sum(a => a.Sum(p => Square(p - elementMean)))), figures.R2Overcomplete);
        Close(squaredErrors.Sum() / n / n, figures.MseSaeLens6451);
        Close(squaredErrors.Average() / DIn, figures.MsePyTorch);
        Close(squaredErrors.Zip(squares, (e, q) => e / q).Average(), figures.NormalizedMseOpenAi);
        Close(squaredErrors.Average(Math.Sqrt), figures.L2LossDictionaryLearning);
        double[] lengthRatios = [.. r.Zip(squares, (b, q) => Math.Sqrt(b.Sum(p => Square(p)) / q))];
        Close(lengthRatios.Average(), figures.L2RatioSaeBench);
        Close(lengthRatios.Average(), figures.Shrinkage);
    }

    [Fact]
    public void A_constant_error_is_free_only_in_dictionary_learning()
    {
        (float[][] x, _) = Draw(2, 100);
        float[][] shifted = [.. x.Select(row => row.Select(value => value + 1).ToArray())];
        PublishedVariants figures = Of(x, shifted, 100);

        Assert.Equal(1, figures.FracVarianceExplained, 1e-9);
        Assert.InRange(figures.ExplainedVarianceSaeLensLog, -10, 0.5);
    }

    [Fact]
    public void Equal_vectors_have_no_variance_to_explain()
    {
        float[] vector = [0.1f, 0.1f, 0.1f, 0.1f, 0.1f];
        float[][] x = [.. Enumerable.Repeat(vector, 300)];
        float[][] r = [.. x.Select(_ => new float[DIn])];
        PublishedVariants figures = Of(x, r, 300);

        Assert.Equal(double.NaN, figures.FvuSparsify);
        Assert.Equal(double.NaN, figures.ExplainedVarianceSaeLensLegacy);
        Assert.Equal(double.NaN, figures.FracVarianceExplained);
        Assert.Equal(double.NaN, figures.R2Overcomplete);
    }

    [Fact]
    public void Short_vectors_are_treated_as_each_library_does()
    {
        float[][] x = [[0, 0, 0, 0, 0], [5e-5f, 0, 0, 0, 0], [2, 0, 0, 0, 0]];
        float[][] r = [[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]];
        PublishedVariants figures = Of(x, r, 3);

        Assert.Equal((0 + 1 + 0.5) / 3, figures.L2RatioSaeBench, 1e-12);
        Assert.Equal(((1 / (double)5e-5f) + 0.5) / 2, figures.Shrinkage, 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(Block)]
    [InlineData(4096)]
    public void Batches_change_nothing(int batch)
    {
        (float[][] x, float[][] r) = Draw(3, (2 * Block) + 77);

        Assert.Equal(Of(x, r, x.Length), Of(x, r, batch));
    }

    [Fact]
    public void Blocks_are_averaged()
    {
        (float[][] x, float[][] r) = Draw(4, (2 * Block) + 77);
        double[] parts =
        [
            Of(x[..Block], r[..Block], 9).FvuSparsify,
            Of(x[Block..(2 * Block)], r[Block..(2 * Block)], 9).FvuSparsify,
            Of(x[(2 * Block)..], r[(2 * Block)..], 9).FvuSparsify,
        ];

        Close(parts.Average(), Of(x, r, 1000).FvuSparsify);
    }

    [Theory]
    [InlineData(0, 1, 2, 3, 4)]
    [InlineData(2, 0, 4, 1, 3)]
    [InlineData(4, 3, 2, 1, 0)]
    public void Shards_in_any_order_change_no_figure(params int[] order)
    {
        (float[][] x, float[][] r) = Draw(5, (3 * Block) + 77);
        int[] cuts = [0, 5, 1113, Block + 9, (2 * Block) + 1, x.Length];
        PublishedVariantsMetric[] parts =
            [.. order.Select(i => Fill(x[cuts[i]..cuts[i + 1]], r[cuts[i]..cuts[i + 1]], 100, cuts[i]))];
        foreach (PublishedVariantsMetric part in parts[1..])
        {
            parts[0].Merge(part);
        }

        PublishedVariants whole = Of(x, r, 1000);
        PublishedVariants merged = parts[0].Read();
        foreach (PropertyInfo figure in typeof(PublishedVariants).GetProperties().Where(
            property => property.PropertyType == typeof(double)))
        {
            double expected = (double)figure.GetValue(whole)!;
            Assert.Equal(expected, (double)figure.GetValue(merged)!, 1e-9 * Math.Abs(expected));
        }
    }

    [Fact]
    public void Rows_that_nobody_saw_are_left_out_and_none_is_taken_twice()
    {
        (float[][] x, float[][] r) = Draw(6, 300);
        PublishedVariantsMetric metric = Fill(x[..100], r[..100], 100);
        metric.Merge(Fill(x[200..], r[200..], 100, firstRow: 200));

        Assert.Equal(Of([.. x[..100], .. x[200..]], [.. r[..100], .. r[200..]], 100), metric.Read());
        PublishedVariantsMetric again = Fill(x[90..110], r[90..110], 20, firstRow: 90);
        Assert.Contains("none in common", Assert.Throws<ArgumentException>(() => metric.Merge(again)).Message);
    }

    [Fact]
    public void Nothing_seen_and_NaN_are_NaN()
    {
        Assert.True(double.IsNaN(new PublishedVariantsMetric(3).Read().FvuSparsify));
        float[][] x = [[1, 2, 3, 4, float.NaN], [1, 1, 1, 1, 1]];
        PublishedVariants figures = Of(x, x, 2);
        Assert.True(double.IsNaN(figures.MsePyTorch));
        Assert.True(double.IsNaN(figures.ExplainedVarianceSaeLensLegacy));
        Assert.True(double.IsNaN(figures.Shrinkage));
    }

    private static PublishedVariants Of(float[][] x, float[][] r, int batch) => Fill(x, r, batch).Read();

    private static PublishedVariantsMetric Fill(float[][] x, float[][] r, int batch, long firstRow = 0)
    {
        PublishedVariantsMetric metric = new(DIn, firstRow);
        for (int done = 0; done < x.Length; done += batch)
        {
            int to = Math.Min(x.Length, done + batch);
            metric.Add(x[done..to].SelectMany(row => row).ToArray(), r[done..to].SelectMany(row => row).ToArray());
        }

        return metric;
    }

    private static (float[][] X, float[][] Reconstruction) Draw(ulong seed, int rows)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        float[][] x = new float[rows][];
        float[][] reconstruction = new float[rows][];
        for (int row = 0; row < rows; row++)
        {
            x[row] = new float[DIn];
            reconstruction[row] = new float[DIn];
            for (int d = 0; d < DIn; d++)
            {
                x[row][d] = (float)(d + random.NextNormal());
                reconstruction[row][d] = (float)((0.9 * x[row][d]) + (0.2 * random.NextNormal()));
            }
        }

        return (x, reconstruction);
    }

    private static double Square(double value) => value * value;

    private static void Close(double expected, double actual) =>
        Assert.Equal(expected, actual, 1e-9 * Math.Max(1, Math.Abs(expected)));
}
