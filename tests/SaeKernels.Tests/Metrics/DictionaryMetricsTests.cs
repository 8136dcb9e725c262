using SaeKernels.Abstractions;
using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

public sealed class DictionaryMetricsTests
{
    private const int Width = 11;

    // A cosine of two unit rows rounds twice a term, once a normalisation and once a sum: below 8 · width · u.
    private const double Bound = 8.0 * Width / (1L << 53);

    [Fact]
    public void The_same_directions_in_another_order_and_length_agree_fully()
    {
        float[] truth = Draw(1, 6);
        float[] learned = [.. truth.Chunk(Width).Reverse().SelectMany((row, i) => row.Select(v => v * (i + 1)))];

        MeanMaxCosine cosines = DictionaryMetrics.MeanMaxCosine(Rows(truth), Rows(learned));

        Assert.InRange(cosines.Recall, 1 - Bound, 1 + Bound);
        Assert.InRange(cosines.Precision, 1 - Bound, 1 + Bound);
        Assert.InRange(DictionaryMetrics.MatchedCosine(Rows(truth), Rows(learned)), 1 - Bound, 1 + Bound);
    }

    [Fact]
    public void A_negated_dictionary_matches_in_mcc_only()
    {
        UnitDirections axes = UnitDirections.From([1, 0, 0, 0, 2, 0, 0, 0, 4], 3);
        UnitDirections negated = UnitDirections.From([-3, 0, 0, 0, -1, 0, 0, 0, -2], 3);

        Assert.Equal(new MeanMaxCosine(0, 0), DictionaryMetrics.MeanMaxCosine(axes, negated));
        Assert.Equal(1, DictionaryMetrics.MatchedCosine(axes, negated));
    }

    [Fact]
    public void Duplicates_cost_recall_and_mcc_but_no_precision()
    {
        UnitDirections truth = UnitDirections.From([1, 0, 0, 1], 2);
        UnitDirections learned = UnitDirections.From([2, 0, 5, 0], 2);

        Assert.Equal(new MeanMaxCosine(0.5, 1), DictionaryMetrics.MeanMaxCosine(truth, learned));
        Assert.Equal(0.5, DictionaryMetrics.MatchedCosine(truth, learned));
    }

    [Fact]
    public void Orthogonal_dictionaries_score_nothing()
    {
        UnitDirections truth = UnitDirections.From([1, 0, 0, 0, 0, 1, 0, 0], 4);
        UnitDirections learned = UnitDirections.From([0, 0, 1, 0, 0, 0, 1, 1], 4);

        Assert.Equal(new MeanMaxCosine(0, 0), DictionaryMetrics.MeanMaxCosine(truth, learned));
        Assert.Equal(0, DictionaryMetrics.MatchedCosine(truth, learned));
    }

    [Fact]
    public void More_learned_directions_never_lower_recall()
    {
        UnitDirections truth = Rows(Draw(2, 20));
        float[] learned = Draw(3, 30);
        double previous = -1;
        for (int rows = 1; rows <= 30; rows++)
        {
            double recall = DictionaryMetrics.MeanMaxCosine(truth, Rows(learned[..(rows * Width)])).Recall;
            Assert.True(recall >= previous);
            previous = recall;
        }
    }

    [Fact]
    public void Swapping_the_sides_swaps_recall_and_precision_and_keeps_mcc()
    {
        UnitDirections few = Rows(Draw(4, 7));
        UnitDirections many = Rows(Draw(5, 40));
        MeanMaxCosine forth = DictionaryMetrics.MeanMaxCosine(few, many);
        MeanMaxCosine back = DictionaryMetrics.MeanMaxCosine(many, few);

        Assert.Equal((forth.Recall, forth.Precision), (back.Precision, back.Recall));
        Assert.Equal(DictionaryMetrics.MatchedCosine(few, many), DictionaryMetrics.MatchedCosine(many, few));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 6)]
    [InlineData(6, 4)]
    [InlineData(6, 6)]
    public void Mcc_is_the_best_over_all_matchings(int truthRows, int learnedRows)
    {
        for (ulong seed = 10; seed < 30; seed++)
        {
            float[] truth = Draw(seed, truthRows);
            float[] learned = Draw(seed + 100, learnedRows);
            (float[] few, float[] many) = truthRows <= learnedRows ? (truth, learned) : (learned, truth);

            // The matching is chosen on float32 cosines: a near-tie may go either way, at most 2⁻²⁴ a cosine apart.
            int pairs = Math.Min(truthRows, learnedRows);
            double expected = BestTotal([.. few.Chunk(Width)], [.. many.Chunk(Width)], 0, 0) / pairs;
            double found = DictionaryMetrics.MatchedCosine(Rows(truth), Rows(learned));
            Assert.InRange(found, expected - (1.0 / (1 << 24)), expected + Bound);
        }
    }

    // Four products at a time, and 0 to 3 columns after them, must have the bits of single ones.
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(19)]
    public void Four_inner_products_are_those_of_one_at_a_time(int width)
    {
        RandomSequence random = new(31, RandomPurpose.General);
        double[][] rows = [.. Enumerable.Range(0, 5).Select(
            _ => Enumerable.Range(0, width).Select(_ => random.NextNormal()).ToArray())];

        (double first, double second, double third, double fourth) =
            VectorProducts.Dot(rows[0], rows[1], rows[2], rows[3], rows[4]);

        double[] single = [.. rows.Skip(1).Select(row => VectorProducts.Dot(rows[0], row))];
        Assert.Equal((single[0], single[1], single[2], single[3]), (first, second, third, fourth));
    }

    [Fact]
    public void A_planted_permutation_of_some_hundred_rows_is_found_from_both_sides()
    {
        float[] truth = Draw(32, 203);
        float[] noise = Draw(33, 203);
        float[] learned = [.. truth.Zip(noise, (value, other) => value + (0.1f * other)).Chunk(Width).Reverse()
            .SelectMany(row => row)];

        // Noise turns a row by about a tenth; a wrong partner is far from that. So the planted matching is the best.
        double planted = Enumerable.Range(0, 203).Average(
            row => AbsoluteCosine(truth[(row * Width)..][..Width], learned[((202 - row) * Width)..][..Width]));
        Assert.Equal(planted, DictionaryMetrics.MatchedCosine(Rows(truth), Rows(learned)), Bound);
        Assert.Equal(planted, DictionaryMetrics.MatchedCosine(Rows(learned), Rows(truth)), Bound);
    }

    [Fact]
    public void A_row_of_zeros_matches_nothing_and_NaN_shows()
    {
        UnitDirections axes = UnitDirections.From([1, 0, 0, 1], 2);

        UnitDirections half = UnitDirections.From([1, 0, 0, 0], 2);
        Assert.Equal(new MeanMaxCosine(0.5, 0.5), DictionaryMetrics.MeanMaxCosine(axes, half));
        UnitDirections broken = UnitDirections.From([1, 0, float.NaN, 0], 2);
        MeanMaxCosine cosines = DictionaryMetrics.MeanMaxCosine(axes, broken);
        Assert.True(double.IsNaN(cosines.Recall) && double.IsNaN(cosines.Precision));
        Assert.True(double.IsNaN(DictionaryMetrics.MatchedCosine(axes, broken)));
    }

    [Fact]
    public void Rows_of_a_device_matrix_are_those_of_the_host()
    {
        float[] rows = Draw(6, 5);
        using HostRealBuffer<float> buffer = new("dictionary", rows.Length + 3);
        buffer.Upload(rows.AsSpan());
        UnitDirections device = UnitDirections.From(new RealMatrix(buffer, 5, Width));
        UnitDirections host = Rows(rows);

        Assert.Equal((5, Width), (device.Count, device.Width));
        for (int row = 0; row < 5; row++)
        {
            Assert.Equal(host[row].ToArray(), device[row].ToArray());
        }
    }

    [Fact]
    public void Other_widths_and_broken_rows_are_rejected()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => DictionaryMetrics.MeanMaxCosine(UnitDirections.From([1, 0], 2), UnitDirections.From([1, 0, 0], 3)));

        Assert.Equal(
            "DictionaryMetrics: both dictionaries must have one width, but truth has 2 and learned 3. "
            + "Compare dictionaries of the same activations.",
            fault.Message);
        Assert.Throws<ArgumentException>(() => UnitDirections.From([1, 2, 3], 2));
        Assert.Throws<ArgumentException>(() => UnitDirections.From([], 2));
    }

    private static UnitDirections Rows(float[] rows) => UnitDirections.From(rows, Width);

    private static float[] Draw(ulong seed, int rows)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        float[] values = new float[rows * Width];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)random.NextNormal();
        }

        return values;
    }

    private static double BestTotal(float[][] few, float[][] many, int row, int used)
    {
        if (row == few.Length)
        {
            return 0;
        }

        double best = 0;
        for (int column = 0; column < many.Length; column++)
        {
            if ((used & (1 << column)) == 0)
            {
                double rest = BestTotal(few, many, row + 1, used | (1 << column));
                best = Math.Max(best, AbsoluteCosine(few[row], many[column]) + rest);
            }
        }

        return best;
    }

    private static double AbsoluteCosine(float[] left, float[] right)
    {
        double product = left.Zip(right, (a, b) => (double)a * b).Sum();
        return Math.Abs(product) / Math.Sqrt(left.Sum(a => (double)a * a) * right.Sum(b => (double)b * b));
    }
}
