using MathNet.Numerics.LinearAlgebra;
using SaeKernels.Data;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

/// <summary>E15 of the acceptance checks: agreement of dictionaries, and what random ones score.</summary>
public class DictionaryAgreementTests
{
    // The reference gives 0.447 and 0.226, drawn, with an uncertainty of 0.005; the integral says 0.4432 and 0.2243.
    [Theory]
    [InlineData(32, 64, 0.404)]
    [InlineData(32, 128, 0.4432)]
    [InlineData(256, 512, 0.189)]
    [InlineData(256, 4096, 0.2243)]
    [InlineData(256, 16384, 0.245)]
    [InlineData(512, 2048, 0.152)]
    public void Random_baselines_are_those_of_the_reference(int width, int count, double expected) =>
        Assert.Equal(expected, RandomBaseline.MeanMaxCosine(width, count), 0.001);

    // One direction in the plane: the mean of cos over all angles is 0. Of K in the plane the nearest angle has mean
    // cosine K ∫ cos(θ) (1 − θ/π)^(K − 1) dθ / π, which for K = 2 is 4 / π².
    [Fact]
    public void Baselines_in_the_plane_have_closed_forms()
    {
        Assert.Equal(0, RandomBaseline.MeanMaxCosine(2, 1), 1e-8);
        Assert.Equal(4 / (Math.PI * Math.PI), RandomBaseline.MeanMaxCosine(2, 2), 1e-8);
        Assert.Equal(1 / 3.0, RandomBaseline.MeanMaxCosine(3, 2), 1e-8);
    }

    [Fact]
    public void A_permutation_and_positive_scales_agree_in_full()
    {
        float[] rows = Draw(11, 40, 8);
        float[] other = new float[rows.Length];
        for (int row = 0; row < 40; row++)
        {
            for (int d = 0; d < 8; d++)
            {
                other[((39 - row) * 8) + d] = rows[(row * 8) + d] * (row + 1);
            }
        }

        DictionaryAgreement agreement = Compare(rows, other, 8);

        Assert.Equal(1, agreement.MmcsRecall, 1e-6);
        Assert.Equal(1, agreement.MmcsPrecision, 1e-6);
        Assert.Equal(1, agreement.MmcsHarmonic, 1e-6);
        Assert.Equal(1, agreement.Mcc, 1e-6);
        Assert.Equal(1, agreement.RecoveredFraction);
        Assert.Equal(1, agreement.GenuineFraction);
    }

    [Fact]
    public void Negated_directions_match_one_to_one_only()
    {
        float[] axes = Axes(4);
        DictionaryAgreement agreement = Compare(axes, [.. axes.Select(value => -value)], 4);

        Assert.Equal(0, agreement.MmcsRecall);
        Assert.Equal(0, agreement.MmcsHarmonic);
        MeanMaxCosine either = DictionaryMetrics.MeanMaxCosine(
            UnitDirections.From(axes, 4), UnitDirections.From([.. axes.Select(value => -value)], 4), ignoresSign: true);
        Assert.Equal(new MeanMaxCosine(1, 1), either);
        Assert.Equal(1, agreement.Mcc);
        Assert.Equal(0, agreement.RecoveredFraction);
    }

    [Fact]
    public void Orthogonal_complements_do_not_agree()
    {
        float[] axes = Axes(6);
        DictionaryAgreement agreement = Compare(axes[..18], axes[18..], 6);

        Assert.Equal(0, agreement.MmcsRecall);
        Assert.Equal(0, agreement.MmcsPrecision);
        Assert.Equal(0, agreement.Mcc);
    }

    [Fact]
    public void Duplicates_of_true_directions_cost_no_precision()
    {
        float[] axes = Axes(4);
        DictionaryAgreement agreement = Compare(axes, [.. axes, .. axes, 1, 1, 0, 0], 4);

        Assert.Equal(1, agreement.MmcsRecall);
        Assert.Equal((8 + Math.Sqrt(0.5)) / 9, agreement.MmcsPrecision, 1e-12);
        Assert.Equal(8 / 9.0, agreement.GenuineFraction);
        Assert.Equal(1, agreement.RecoveredFraction);
    }

    [Fact]
    public void Random_dictionaries_score_their_baselines()
    {
        DictionaryAgreement agreement = Compare(Draw(12, 128, 32), Draw(13, 64, 32), 32);

        Assert.Equal(0.404, agreement.MmcsRecallRandom, 0.001);
        Assert.Equal(0.4432, agreement.MmcsPrecisionRandom, 0.001);
        Assert.InRange(agreement.MmcsRecall, 0.404 - 0.02, 0.404 + 0.02);
        Assert.InRange(agreement.MmcsPrecision, 0.4432 - 0.02, 0.4432 + 0.02);
        Assert.Equal(agreement.MccRandom!.Value, agreement.Mcc, 0.02);
    }

    [Fact]
    public void Every_pair_is_visited_once_whatever_the_blocks()
    {
        UnitDirections first = UnitDirections.From(Draw(14, 131, 7), 7);
        UnitDirections second = UnitDirections.From(Draw(15, 200, 7), 7);
        LargestCosines largest = LargestCosines.Between(first, second);
        for (int i = 0; i < first.Count; i++)
        {
            double[] cosines = [.. Enumerable.Range(0, second.Count).Select(j => Dot(first[i], second[j]))];
            Assert.Equal(cosines.Max(), largest.OfFirst[i], 1e-12);
        }

        for (int j = 0; j < second.Count; j++)
        {
            double[] cosines = [.. Enumerable.Range(0, first.Count).Select(i => Dot(first[i], second[j]))];
            Assert.Equal(cosines.Max(), largest.OfSecond[j], 1e-12);
        }
    }

    // E2 asks for controls on 64 directions in 32 dimensions: dictionaries of the same size that learned nothing.
    [Fact]
    public void Coordinates_principal_and_random_directions_are_far_from_true_ones()
    {
        BounceSource source = new(1);
        UnitDirections truth = UnitDirections.From(source.Truth.Rows, 32);
        float[] vectors = new float[4000 * 32];
        source.Draw(0, vectors);
        Matrix<double> raw = Matrix<double>.Build.Dense(4000, 32, (row, d) => vectors[(row * 32) + d]);
        Matrix<double> data = Matrix<double>.Build.DenseOfColumnVectors(
            raw.EnumerateColumns().Select(column => column - (column.Sum() / 4000)));
        Matrix<double> principal = (data.Transpose() * data).Evd(Symmetricity.Symmetric).EigenVectors;
        foreach (Matrix<double> basis in (Matrix<double>[])[Matrix<double>.Build.DenseIdentity(32), principal])
        {
            // Either way round, so that there are as many as true ones.
            float[] both = [.. basis.Append(-basis).ToColumnMajorArray().Select(value => (float)value)];
            Assert.InRange(DictionaryMetrics.MeanMaxCosine(truth, UnitDirections.From(both, 32)).Recall, 0, 0.6);
        }

        UnitDirections random = UnitDirections.From(new BounceSource(2).Truth.Rows, 32);
        Assert.Equal(0.404, DictionaryMetrics.MeanMaxCosine(truth, random).Recall, 0.03);
    }

    [Fact]
    public void NaN_shows()
    {
        float[] broken = Axes(4);
        broken[5] = float.NaN;
        DictionaryAgreement agreement = Compare(Axes(4), broken, 4);

        Assert.True(double.IsNaN(agreement.MmcsRecall));
        Assert.True(double.IsNaN(agreement.MmcsHarmonic));
        Assert.True(double.IsNaN(agreement.Mcc));
        Assert.True(double.IsNaN(agreement.RecoveredFraction));
    }

    private static DictionaryAgreement Compare(float[] truth, float[] learned, int width) =>
        DictionaryAgreement.Of(UnitDirections.From(truth, width), UnitDirections.From(learned, width));

    private static float[] Axes(int width) =>
        [.. Enumerable.Range(0, width * width).Select(i => i / width == i % width ? 1f : 0)];

    private static float[] Draw(ulong seed, int rows, int width)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        float[] values = new float[rows * width];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)random.NextNormal();
        }

        return values;
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        double sum = 0;
        for (int d = 0; d < left.Length; d++)
        {
            sum += left[d] * right[d];
        }

        return sum;
    }
}
