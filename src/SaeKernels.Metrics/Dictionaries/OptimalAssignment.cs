namespace SaeKernels.Metrics;

/// <summary>
/// Matches every row of a table with a column of its own so that the sum of the scores is as large as can be.
/// </summary>
/// <remarks>
/// Shortest augmenting paths with dual prices: O(rows² · columns) time at worst, about rows · columns where most rows
/// prefer different columns, and O(rows + columns) memory beside the table. The same table gives the same matching.
/// Source: Crouse, "On implementing 2D rectangular assignment algorithms", IEEE TAES 52, 2016.
/// </remarks>
public sealed class OptimalAssignment
{
    private readonly Func<int, float[]> scoresOf;
    private readonly double[] rowPrices;
    private readonly double[] columnPrices;
    private readonly int[] rowOfColumn;
    private readonly int[] columnOfRow;
    private readonly double[] distances;
    private readonly int[] previousRows;
    private readonly int[] open;

    private OptimalAssignment(int rows, int columns, Func<int, float[]> scoresOf)
    {
        this.scoresOf = scoresOf;
        this.rowPrices = new double[rows];
        this.columnPrices = new double[columns];
        this.rowOfColumn = new int[columns];
        this.columnOfRow = new int[rows];
        this.distances = new double[columns];
        this.previousRows = new int[columns];
        this.open = new int[columns];
        Array.Fill(this.rowOfColumn, -1);
    }

    /// <summary>Returns the column of each row.</summary>
    /// <param name="scores">
    /// The table, one array a row, all of one length and not shorter than there are rows; all finite.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The table has more rows than columns, uneven rows, or a score that is not finite.
    /// </exception>
    public static int[] Maximize(IReadOnlyList<float[]> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count == 0)
        {
            return [];
        }

        int columns = scores[0].Length;
        RequireTable(scores, columns);
        return Maximize(scores.Count, columns, row => scores[row]);
    }

    /// <summary>Returns the column of each row of a table that is never in memory as a whole.</summary>
    /// <param name="rows">The rows of the table.</param>
    /// <param name="columns">Its columns; at least as many.</param>
    /// <param name="scoresOf">
    /// Returns the scores of a row, all finite; called once or more for each row, and done with the array before the
    /// next call.
    /// </param>
    /// <exception cref="ArgumentException">The table has more rows than columns.</exception>
    public static int[] Maximize(int rows, int columns, Func<int, float[]> scoresOf)
    {
        ArgumentNullException.ThrowIfNull(scoresOf);
        RequireColumns(rows, columns);
        OptimalAssignment assignment = new(rows, columns, scoresOf);
        for (int row = 0; row < rows; row++)
        {
            assignment.Augment(row);
        }

        return assignment.columnOfRow;
    }

    private static void RequireColumns(int rows, int columns)
    {
        if (rows > columns)
        {
            throw new ArgumentException(
                $"OptimalAssignment: there must be at least as many columns as rows, but there are {columns} and "
                + $"{rows}. "
                + "Transpose the table.");
        }
    }

    private static void RequireTable(IReadOnlyList<float[]> scores, int columns)
    {
        RequireColumns(scores.Count, columns);
        for (int row = 0; row < scores.Count; row++)
        {
            int found = scores[row].Length;
            int broken = Array.FindIndex(scores[row], score => !float.IsFinite(score));
            if (found != columns || broken >= 0)
            {
                string what = found != columns ? $"{found} columns" : $"{scores[row][broken]} in column {broken}";
                throw new ArgumentException(
                    $"OptimalAssignment: every row must have {columns} finite scores, but row {row} has {what}. "
                    + "Mend the table.");
            }
        }
    }

    /// <summary>Gives one more row a column, moving earlier rows to other columns along the cheapest chain.</summary>
    private void Augment(int freeRow)
    {
        Array.Fill(this.distances, double.PositiveInfinity);
        for (int column = 0; column < this.open.Length; column++)
        {
            this.open[column] = column;
        }

        int openCount = this.open.Length;
        int row = freeRow;
        double reached = 0;
        int end;
        do
        {
            int nearest = Relax(row, reached, openCount);
            end = this.open[nearest];
            reached = this.distances[end];
            openCount--;
            (this.open[nearest], this.open[openCount]) = (this.open[openCount], end);
            row = this.rowOfColumn[end];
        }
        while (row >= 0);

        UpdatePrices(freeRow, openCount, reached);
        TakeChain(freeRow, end);
    }

    /// <summary>
    /// Shortens the ways to the open columns that lead over a row; returns the position of the nearest one.
    /// </summary>
    private int Relax(int row, double reached, int openCount)
    {
        float[] rowScores = this.scoresOf(row);
        double offset = reached - this.rowPrices[row];
        int nearest = 0;
        double shortest = double.PositiveInfinity;
        for (int position = 0; position < openCount; position++)
        {
            int column = this.open[position];
            double distance = offset - rowScores[column] - this.columnPrices[column];
            if (distance < this.distances[column])
            {
                this.distances[column] = distance;
                this.previousRows[column] = row;
            }

            // A free column ends the search at once, so it is preferred among equals.
            double candidate = this.distances[column];
            if (candidate < shortest || (candidate == shortest && this.rowOfColumn[column] < 0))
            {
                shortest = candidate;
                nearest = position;
            }
        }

        return nearest;
    }

    private void UpdatePrices(int freeRow, int openCount, double reached)
    {
        this.rowPrices[freeRow] += reached;
        for (int position = openCount; position < this.open.Length; position++)
        {
            int column = this.open[position];
            double slack = reached - this.distances[column];
            this.columnPrices[column] -= slack;
            if (this.rowOfColumn[column] >= 0)
            {
                this.rowPrices[this.rowOfColumn[column]] += slack;
            }
        }
    }

    private void TakeChain(int freeRow, int end)
    {
        int column = end;
        int row;
        do
        {
            row = this.previousRows[column];
            this.rowOfColumn[column] = row;
            (this.columnOfRow[row], column) = (column, this.columnOfRow[row]);
        }
        while (row != freeRow);
    }
}
