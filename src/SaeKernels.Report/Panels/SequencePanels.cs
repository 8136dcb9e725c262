namespace SaeKernels.Report;

/// <summary>How long a feature stays active in a text, and where in it.</summary>
internal sealed class SequencePanels
{
    private const int MostRun = 12;
    private const int MostClasses = 32;
    private readonly DocumentCut cut;
    private readonly int width;
    private readonly int[] total = [];

    public SequencePanels(DocumentCut cut, int rows)
    {
        this.cut = cut;
        if (!cut.HasPositions)
        {
            return;
        }

        long last = Enumerable.Range(0, rows).Max(cut.PositionOf);
        this.width = (int)((last / MostClasses) + 1);
        this.total = Count(Enumerable.Range(0, rows), (int)(last / this.width) + 1);
    }

    /// <summary>Runs of 1 to 12 tokens; the last number counts the longer ones. Null without documents.</summary>
    public IReadOnlyList<int>? RunsOf(ReadOnlySpan<int> rows)
    {
        if (!this.cut.HasDocuments)
        {
            return null;
        }

        int[] counts = new int[MostRun];
        int run = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            run++;
            bool goesOn = i + 1 < rows.Length && rows[i + 1] == rows[i] + 1 && this.cut.Continues(rows[i + 1]);
            if (!goesOn)
            {
                counts[Math.Min(run, MostRun) - 1]++;
                run = 0;
            }
        }

        return counts;
    }

    public PositionCounts? PositionsOf(ReadOnlySpan<int> rows) => this.total.Length == 0
        ? null
        : new PositionCounts(this.width, Count(rows.ToArray(), this.total.Length), this.total);

    private int[] Count(IEnumerable<int> rows, int classes)
    {
        int[] counts = new int[classes];
        foreach (int row in rows)
        {
            counts[this.cut.PositionOf(row) / this.width]++;
        }

        return counts;
    }
}
