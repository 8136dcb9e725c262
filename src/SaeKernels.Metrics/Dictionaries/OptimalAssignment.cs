namespace SaeKernels.Metrics;

/// <summary>Reads scores of one row of a table; called from several threads at once.</summary>
/// <param name="row">The row.</param>
/// <param name="firstColumn">The column of the first score.</param>
/// <param name="scores">Receives the scores of that column and those after it; all finite, and always the same.</param>
public delegate void ReadScores(int row, int firstColumn, Span<float> scores);

/// <summary>
/// Matches every row of a table with a column of its own so that the sum of the scores is as large as can be.
/// </summary>
/// <remarks>
/// <para>
/// Shortest augmenting paths with dual prices. The table is never in memory: it is read once, block by block, and each
/// row lists the columns with its largest scores. Prices of columns only fall, so a search has no need of the others
/// until it is as far as a row's least listed score allows. Then the row is read again, taken in full, and its list
/// renewed at the prices of the moment. The sum is exact, whatever the length of the lists.
/// Source: Crouse, "On implementing 2D rectangular assignment algorithms", IEEE TAES 52, 2016.
/// </para>
/// <para>
/// Memory is O(rows · listed + columns): 16 bytes for each column that a row lists. Time is one reading of the table,
/// and the searches, which are short where most rows prefer different columns; rows are read again most where many of
/// them crowd around fewer columns. The same table gives the same matching.
/// </para>
/// </remarks>
public sealed class OptimalAssignment
{
    /// <summary>The columns that a row lists unless told otherwise.</summary>
    public const int DefaultListed = 64;

    private const int RowBlock = 32;
    private const int ColumnBlock = 64;
    private const int WholeRowBlock = 512;

    private readonly ReadScores read;
    private readonly CandidateList[] candidates;
    private readonly double[] rowPrices;
    private readonly double[] columnPrices;
    private readonly int[] rowOfColumn;
    private readonly int[] columnOfRow;

    // The search from one free row: distances of columns, the row before each, and the columns whose distance is final.
    private readonly double[] distances;
    private readonly int[] previousRows;
    private readonly bool[] closed;
    private readonly List<int> touched = [];
    // Columns by distance, and as ~row the least distance of the columns that a row does not list.
    private readonly PriorityQueue<int, double> frontier = new();
    private readonly float[] wholeRow;
    private int freeRow;
    private double reached;
    private int nearestFree;
    private double freeDistance;

    private OptimalAssignment(int rows, int columns, ReadScores read, int listed)
    {
        this.read = read;
        this.candidates = new CandidateList[rows];
        this.rowPrices = new double[rows];
        this.columnPrices = new double[columns];
        this.rowOfColumn = new int[columns];
        this.columnOfRow = new int[rows];
        this.distances = new double[columns];
        this.previousRows = new int[columns];
        this.closed = new bool[columns];
        this.wholeRow = new float[columns];
        Array.Fill(this.rowOfColumn, -1);
        Array.Fill(this.distances, double.PositiveInfinity);
        for (int row = 0; row < rows; row++)
        {
            // A list that has room for more than all columns is never full, and so has no rest.
            this.candidates[row] = new CandidateList(Math.Min(listed, columns + 1));
        }
    }

    /// <summary>Returns the column of each row.</summary>
    /// <param name="rows">The rows of the table.</param>
    /// <param name="columns">Its columns; at least as many.</param>
    /// <param name="read">Reads scores, each once and then whole rows again where they are needed.</param>
    /// <param name="listed">
    /// The columns that each row lists, at least 1. More need more memory, fewer more readings; the sum is the same.
    /// </param>
    /// <exception cref="ArgumentException">There are more rows than columns, or a score is not finite.</exception>
    public static int[] Maximize(int rows, int columns, ReadScores read, int listed = DefaultListed)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentOutOfRangeException.ThrowIfLessThan(listed, 1);
        if (rows > columns)
        {
            throw new ArgumentException(
                $"OptimalAssignment: there must be at least as many columns as rows, but there are {columns} and "
                + $"{rows}. "
                + "Transpose the table.");
        }

        OptimalAssignment assignment = new(rows, columns, read, listed);
        assignment.ListCandidates();
        for (int row = 0; row < rows; row++)
        {
            assignment.Augment(row);
        }

        return assignment.columnOfRow;
    }

    private void ListCandidates()
    {
        int blocks = (this.candidates.Length + RowBlock - 1) / RowBlock;
        (int Row, int Column, float Score)?[] broken = new (int, int, float)?[blocks];
        _ = Parallel.For(0, blocks, block => broken[block] = ListCandidates(block * RowBlock));
        if (broken.FirstOrDefault(found => found.HasValue) is (int row, int column, float score))
        {
            throw new ArgumentException(
                $"OptimalAssignment: every score must be finite, but row {row} has {score} in column {column}. "
                + "Mend the table.");
        }
    }

    /// <summary>Lists the best columns of a block of rows; returns the first score that is not finite.</summary>
    private (int Row, int Column, float Score)? ListCandidates(int firstRow)
    {
        int endRow = Math.Min(this.candidates.Length, firstRow + RowBlock);
        Span<float> block = stackalloc float[ColumnBlock];
        for (int column = 0; column < this.columnPrices.Length; column += ColumnBlock)
        {
            Span<float> scores = block[..Math.Min(ColumnBlock, this.columnPrices.Length - column)];
            for (int row = firstRow; row < endRow; row++)
            {
                this.read(row, column, scores);
                CandidateList list = this.candidates[row];
                for (int i = 0; i < scores.Length; i++)
                {
                    if (!float.IsFinite(scores[i]))
                    {
                        return (row, column + i, scores[i]);
                    }

                    list.Offer(column + i, scores[i], 0);
                }
            }
        }

        return null;
    }

    /// <summary>Gives one more row a column, moving earlier rows to other columns along the cheapest chain.</summary>
    private void Augment(int row)
    {
        this.freeRow = row;
        this.reached = 0;
        this.freeDistance = double.PositiveInfinity;
        this.rowPrices[row] = -BestOf(row);
        Visit(row);
        while (this.frontier.TryDequeue(out int next, out double distance) && distance < this.freeDistance)
        {
            this.reached = distance;
            if (next < 0)
            {
                VisitWhole(~next);
            }
            else if (!this.closed[next])
            {
                this.closed[next] = true;
                Visit(this.rowOfColumn[next]);
            }
        }

        UpdatePrices();
        TakeChain();
        this.frontier.Clear();
        foreach (int column in this.touched)
        {
            this.distances[column] = double.PositiveInfinity;
            this.closed[column] = false;
        }

        this.touched.Clear();
    }

    /// <summary>No column has a larger sum of score and price in this row.</summary>
    private double BestOf(int row)
    {
        double best = this.candidates[row].Rest;
        foreach (CandidateList.Candidate candidate in this.candidates[row].Listed)
        {
            best = Math.Max(best, candidate.Score + this.columnPrices[candidate.Column]);
        }

        return best;
    }

    /// <summary>Shortens the ways that lead over a row to the columns that it lists.</summary>
    private void Visit(int row)
    {
        double offset = this.reached - this.rowPrices[row];
        foreach (CandidateList.Candidate candidate in this.candidates[row].Listed)
        {
            if (offset - candidate.Value >= this.freeDistance)
            {
                // Prices only fall: this column is no nearer than that, and those after it are not either.
                return;
            }

            Reach(candidate.Column, row, offset - candidate.Score - this.columnPrices[candidate.Column]);
        }

        double rest = Math.Max(this.reached, offset - this.candidates[row].Rest);
        if (rest < this.freeDistance)
        {
            this.frontier.Enqueue(~row, rest);
        }
    }

    /// <summary>Shortens the ways that lead over a row to any column, and renews the row's list.</summary>
    private void VisitWhole(int row)
    {
        int blocks = (this.wholeRow.Length + WholeRowBlock - 1) / WholeRowBlock;
        _ = Parallel.For(0, blocks, block =>
        {
            int column = block * WholeRowBlock;
            int count = Math.Min(WholeRowBlock, this.wholeRow.Length - column);
            this.read(row, column, this.wholeRow.AsSpan(column, count));
        });

        double start = row == this.freeRow ? 0 : this.distances[this.columnOfRow[row]];
        double offset = start - this.rowPrices[row];
        CandidateList list = this.candidates[row];
        list.Clear();
        for (int column = 0; column < this.wholeRow.Length; column++)
        {
            // What is left to this search can only lower the price further.
            double price = this.columnPrices[column];
            double newPrice = this.closed[column] ? price - (this.reached - this.distances[column]) : price;
            list.Offer(column, this.wholeRow[column], newPrice);
            Reach(column, row, offset - this.wholeRow[column] - price);
        }
    }

    private void Reach(int column, int row, double distance)
    {
        // Rounding must not lead back.
        distance = Math.Max(this.reached, distance);
        if (distance >= this.distances[column] || distance >= this.freeDistance || this.closed[column])
        {
            return;
        }

        if (double.IsPositiveInfinity(this.distances[column]))
        {
            this.touched.Add(column);
        }

        this.distances[column] = distance;
        this.previousRows[column] = row;
        if (this.rowOfColumn[column] < 0)
        {
            // A free column ends the search at once, so it is preferred among equals.
            this.freeDistance = distance;
            this.nearestFree = column;
        }
        else
        {
            this.frontier.Enqueue(column, distance);
        }
    }

    private void UpdatePrices()
    {
        this.rowPrices[this.freeRow] += this.freeDistance;
        foreach (int column in this.touched)
        {
            if (this.closed[column])
            {
                double slack = this.freeDistance - this.distances[column];
                this.columnPrices[column] -= slack;
                this.rowPrices[this.rowOfColumn[column]] += slack;
            }
        }
    }

    private void TakeChain()
    {
        int column = this.nearestFree;
        int row;
        do
        {
            row = this.previousRows[column];
            this.rowOfColumn[column] = row;
            (this.columnOfRow[row], column) = (column, this.columnOfRow[row]);
        }
        while (row != this.freeRow);
    }
}
