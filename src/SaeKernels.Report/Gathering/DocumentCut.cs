namespace SaeKernels.Report;

/// <summary>The vectors of one text: consecutive ones of a document, or some rows where there are none.</summary>
internal readonly record struct DocumentSpan(long Id, int First, int Length)
{
    public int End => this.First + this.Length;
}

/// <summary>Cuts the vectors into texts.</summary>
internal sealed class DocumentCut
{
    private const int RowsTogether = 100;

    // A longer document is several texts: a page with more buttons than this is slow to draw.
    private const int MostTogether = 2000;
    private readonly int[] documentOfRow;
    private readonly long[]? documentIds;
    private readonly long[]? positions;

    public DocumentCut(int rows, RowKind kind, long[]? documentIds, long[]? positions)
    {
        this.documentIds = documentIds;
        this.positions = positions;
        this.documentOfRow = new int[rows];
        List<DocumentSpan> spans = [];
        for (int first = 0; first < rows;)
        {
            int end = kind == RowKind.Tokens
                ? EndOfDocument(first, rows, documentIds)
                : Math.Min(rows, first + RowsTogether);
            this.documentOfRow.AsSpan(first, end - first).Fill(spans.Count);
            spans.Add(new DocumentSpan(documentIds is null ? spans.Count : documentIds[first], first, end - first));
            first = end;
        }

        this.Spans = spans;
        this.HasDocuments = documentIds is not null && kind == RowKind.Tokens;
        this.HasContext = kind == RowKind.Tokens;
    }

    public IReadOnlyList<DocumentSpan> Spans { get; }

    /// <summary>Whether the data says where documents begin.</summary>
    public bool HasDocuments { get; }

    /// <summary>Whether vectors beside each other belong together.</summary>
    public bool HasContext { get; }

    public bool HasPositions => this.positions is not null && this.HasContext;

    public int PlaceOf(int row) => this.documentOfRow[row];

    public long PositionOf(int row) => this.positions is null ? -1 : this.positions[row];

    /// <summary>Whether a vector is the next token of the document of the one before it.</summary>
    public bool Continues(int row) =>
        this.HasDocuments && row > 0 && this.documentIds![row] == this.documentIds[row - 1];

    /// <summary>The vectors around one: so many before and after it, of the same text.</summary>
    public (int First, int End) WindowAround(int row, int context)
    {
        DocumentSpan span = this.Spans[this.documentOfRow[row]];
        return this.HasContext
            ? (Math.Max(span.First, row - context), Math.Min(span.End, row + context + 1))
            : (row, row + 1);
    }

    private static int EndOfDocument(int first, int rows, long[]? documentIds)
    {
        int end = first + 1;
        while (end < rows && end - first < MostTogether
            && (documentIds is null || documentIds[end] == documentIds[first]))
        {
            end++;
        }

        return end;
    }
}
