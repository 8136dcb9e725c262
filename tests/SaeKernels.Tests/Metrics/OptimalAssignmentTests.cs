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
    public void The_sum_is_the_best_of_all_matchings_whatever_is_listed(int rows, int columns)
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            // Few different whole numbers, some of them negative: many ties, and sums without rounding.
            float[][] scores = Draw(seed, rows, columns, distinct: 6);
            double best = Best(scores, 0, 0);
            foreach (int listed in (int[])[1, 2, 3, columns, columns + 1, OptimalAssignment.DefaultListed])
            {
                Assert.Equal(best, Total(scores, Maximize(scores, listed)));
            }
        }
    }

    // Wide ranges of numbers have few ties, narrow ones many.
    [Theory]
    [InlineData(200, 200, 1_000_000)]
    [InlineData(200, 200, 20)]
    [InlineData(150, 400, 1_000_000)]
    [InlineData(150, 400, 20)]
    public void Short_lists_find_the_sum_of_the_whole_table(int rows, int columns, int distinct)
    {
        float[][] scores = Draw(21, rows, columns, distinct);
        double best = DenseBest(scores);
        foreach (int listed in (int[])[1, 2, 5, 64, columns + 1])
        {
            Assert.Equal(best, Total(scores, Maximize(scores, listed)));
        }
    }

    // Every row prefers the same few columns, in nearly the same order: all searches go beyond the lists.
    [Fact]
    public void Rows_that_crowd_around_few_columns_are_read_again()
    {
        float[][] scores = Draw(22, 120, 120, distinct: 50);
        foreach (float[] row in scores)
        {
            for (int column = 0; column < 30; column++)
            {
                row[column] += 1000;
            }
        }

        long read = 0;
        int[] columns = OptimalAssignment.Maximize(
            120,
            120,
            (row, first, part) =>
            {
                _ = Interlocked.Add(ref read, part.Length);
                scores[row].AsSpan(first, part.Length).CopyTo(part);
            },
            listed: 4);

        Assert.Equal(DenseBest(scores), Total(scores, columns));
        Assert.True(read > 120 * 120);
    }

    [Fact]
    public void Where_lists_suffice_every_score_is_read_once()
    {
        float[][] scores = Draw(23, 300, 500, distinct: 1_000_000);
        int[] reads = new int[300 * 500];
        _ = OptimalAssignment.Maximize(300, 500, (row, first, part) =>
        {
            for (int i = 0; i < part.Length; i++)
            {
                _ = Interlocked.Increment(ref reads[(row * 500) + first + i]);
                part[i] = scores[row][first + i];
            }
        });

        Assert.All(reads, count => Assert.Equal(1, count));
    }

    [Fact]
    public void The_same_table_gives_the_same_matching()
    {
        float[][] scores = Draw(24, 100, 100, distinct: 3);

        Assert.Equal(Maximize(scores, 3), Maximize(scores, 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(64)]
    [InlineData(120)]
    public void Long_chains_are_followed(int listed)
    {
        // By the rearrangement inequality the identity is the only best matching; greed begins with the last column.
        int[] numbers = [.. Enumerable.Range(1, 120)];
        float[][] scores = [.. numbers.Select(i => numbers.Select(j => (float)(i * j)).ToArray())];

        Assert.Equal(Enumerable.Range(0, 120), Maximize(scores, listed));
    }

    [Fact]
    public void A_planted_matching_is_found_among_more_columns()
    {
        float[][] scores = Draw(9, 60, 90, distinct: 4);
        for (int row = 0; row < 60; row++)
        {
            scores[row][89 - row] = 10;
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(row => 89 - row), Maximize(scores, 2));
    }

    [Fact]
    public void No_rows_need_no_columns() => Assert.Empty(Maximize([], 1));

    [Fact]
    public void More_rows_than_columns_are_rejected()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(() => Maximize([[1], [2]], 1));

        Assert.Equal(
            "OptimalAssignment: there must be at least as many columns as rows, but there are 1 and 2. Transpose the "
            + "table.",
            fault.Message);
    }

    [Theory]
    [InlineData(float.NaN, "NaN")]
    [InlineData(float.PositiveInfinity, "Infinity")]
    [InlineData(float.NegativeInfinity, "-Infinity")]
    public void A_score_that_is_not_finite_is_rejected(float broken, string shown)
    {
        float[][] scores = Draw(10, 100, 100, distinct: 4);
        scores[40][70] = broken;
        scores[99][0] = broken;
        ArgumentException fault = Assert.Throws<ArgumentException>(() => Maximize(scores, 4));

        Assert.Equal(
            $"OptimalAssignment: every score must be finite, but row 40 has {shown} in column 70. Mend the table.",
            fault.Message);
    }

    [Fact]
    public void An_empty_list_is_rejected() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Maximize([[1, 2]], 0));

    private static int[] Maximize(float[][] scores, int listed) => OptimalAssignment.Maximize(
        scores.Length,
        scores.Length == 0 ? 0 : scores[0].Length,
        (row, first, part) => scores[row].AsSpan(first, part.Length).CopyTo(part),
        listed);

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

    /// <summary>Shortest augmenting paths over the whole table, one column after the other, in whole numbers.</summary>
    private static double DenseBest(float[][] scores)
    {
        int columns = scores[0].Length;
        double[] rowPrices = new double[scores.Length];
        double[] columnPrices = new double[columns + 1];
        int[] rowOf = [.. Enumerable.Repeat(-1, columns + 1)];
        for (int row = 0; row < scores.Length; row++)
        {
            // The search starts at a column that does not exist.
            double[] slack = [.. Enumerable.Repeat(double.PositiveInfinity, columns)];
            int[] previous = new int[columns];
            bool[] used = new bool[columns + 1];
            int at = columns;
            rowOf[columns] = row;
            while (rowOf[at] >= 0)
            {
                used[at] = true;
                int from = rowOf[at];
                int next = -1;
                for (int column = 0; column < columns; column++)
                {
                    double cost = -scores[from][column] - rowPrices[from] - columnPrices[column];
                    if (!used[column] && cost < slack[column])
                    {
                        (slack[column], previous[column]) = (cost, at);
                    }

                    next = !used[column] && (next < 0 || slack[column] < slack[next]) ? column : next;
                }

                double step = slack[next];
                for (int column = 0; column <= columns; column++)
                {
                    if (used[column])
                    {
                        rowPrices[rowOf[column]] += step;
                        columnPrices[column] -= step;
                    }
                    else
                    {
                        slack[column] -= step;
                    }
                }

                at = next;
            }

            for (; at != columns; at = previous[at])
            {
                rowOf[at] = rowOf[previous[at]];
            }
        }

        return Enumerable.Range(0, columns).Where(column => rowOf[column] >= 0)
            .Sum(column => (double)scores[rowOf[column]][column]);
    }

    private static double Total(float[][] scores, int[] columns)
    {
        Assert.Equal(scores.Length, columns.Distinct().Count());
        return columns.Select((column, row) => (double)scores[row][column]).Sum();
    }
}
