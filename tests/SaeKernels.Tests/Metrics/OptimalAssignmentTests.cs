using SaeKernels.Metrics;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Metrics;

public sealed class OptimalAssignmentTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(1, 5)]
    [InlineData(2, 2)]
    [InlineData(3, 7)]
    [InlineData(5, 5)]
    [InlineData(6, 7)]
    [InlineData(7, 7)]
    public void The_sum_is_the_best_of_all_matchings(int rows, int columns)
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            // Few different whole numbers: many ties, and sums without rounding.
            float[][] scores = Draw(seed, rows, columns, distinct: 6);

            Assert.Equal(Best(scores, 0, 0), Total(scores, OptimalAssignment.Maximize(scores)));
        }
    }

    [Fact]
    public void Long_chains_are_followed()
    {
        // By the rearrangement inequality the identity is the only best matching; greed begins with the last column.
        int[] numbers = [.. Enumerable.Range(1, 120)];
        float[][] scores = [.. numbers.Select(i => numbers.Select(j => (float)(i * j)).ToArray())];

        Assert.Equal(Enumerable.Range(0, 120), OptimalAssignment.Maximize(scores));
    }

    [Fact]
    public void A_planted_matching_is_found_among_more_columns()
    {
        float[][] scores = Draw(9, 60, 90, distinct: 4);
        for (int row = 0; row < 60; row++)
        {
            scores[row][89 - row] = 10;
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(row => 89 - row), OptimalAssignment.Maximize(scores));
    }

    [Fact]
    public void No_rows_need_no_columns() => Assert.Empty(OptimalAssignment.Maximize([]));

    [Fact]
    public void More_rows_than_columns_are_rejected()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => OptimalAssignment.Maximize([[1], [2]]));

        Assert.Equal(
            "OptimalAssignment: there must be at least as many columns as rows, but there are 1 and 2. Transpose the "
            + "table.",
            fault.Message);
    }

    [Fact]
    public void Uneven_rows_are_rejected() =>
        Assert.Throws<ArgumentException>(() => OptimalAssignment.Maximize([[1, 2, 3], [2, 3]]));

    [Fact]
    public void A_NaN_score_is_rejected()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => OptimalAssignment.Maximize([[1, 2], [2, float.NaN]]));

        Assert.Equal(
            "OptimalAssignment: every row must have 2 finite scores, but row 1 has NaN in column 1. Mend the table.",
            fault.Message);
    }

    private static float[][] Draw(ulong seed, int rows, int columns, int distinct)
    {
        RandomSequence random = new(seed, RandomPurpose.General);
        float[][] scores = new float[rows][];
        for (int row = 0; row < rows; row++)
        {
            scores[row] = new float[columns];
            for (int column = 0; column < columns; column++)
            {
                scores[row][column] = random.NextInt64(distinct) - 2;
            }
        }

        return scores;
    }

    private static double Best(float[][] scores, int row, int usedColumns)
    {
        if (row == scores.Length)
        {
            return 0;
        }

        double best = double.NegativeInfinity;
        for (int column = 0; column < scores[row].Length; column++)
        {
            if ((usedColumns & (1 << column)) == 0)
            {
                best = Math.Max(best, scores[row][column] + Best(scores, row + 1, usedColumns | (1 << column)));
            }
        }

        return best;
    }

    private static double Total(float[][] scores, int[] columns)
    {
        Assert.Equal(scores.Length, columns.Distinct().Count());
        return columns.Select((column, row) => (double)scores[row][column]).Sum();
    }
}
