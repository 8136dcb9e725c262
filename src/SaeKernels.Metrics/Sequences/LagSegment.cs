namespace SaeKernels.Metrics;

/// <summary>Consecutive rows: the tokens at their beginning and at their end that pairs may still need.</summary>
/// <remarks>
/// Pairs inside the rows are counted as they come. Kept are the first tokens, up to the largest lag and to the end of
/// the document that the rows begin in, and the last tokens of the document that they end in.
/// </remarks>
internal sealed class LagSegment
{
    private readonly List<LagToken> head = [];
    private List<LagToken> tail = [];
    private bool headIsWhole;
    private bool hasBreak;
    private TokenPlace first;
    private TokenPlace last;

    public LagSegment(long firstRow)
    {
        this.FirstRow = firstRow;
        this.EndRow = firstRow;
    }

    public long FirstRow { get; }

    public long EndRow { get; private set; }

    public bool Overlaps(LagSegment other) => other.FirstRow < this.EndRow && this.FirstRow < other.EndRow;

    public LagSegment Clone()
    {
        LagSegment copy = new(this.FirstRow)
        {
            EndRow = this.EndRow,
            headIsWhole = this.headIsWhole,
            hasBreak = this.hasBreak,
            first = this.first,
            last = this.last,
            tail = [.. this.tail],
        };
        copy.head.AddRange(this.head);
        return copy;
    }

    /// <summary>Adds the next row.</summary>
    public void Add(TokenPlace place, LagToken token, LagCounts counts)
    {
        if (this.EndRow == this.FirstRow)
        {
            this.first = place;
        }
        else if (!place.Follows(this.last))
        {
            EndDocument();
        }

        counts.CountPair(token, token, 0);
        for (int distance = 1; distance <= this.tail.Count; distance++)
        {
            counts.CountPair(this.tail[^distance], token, distance);
        }

        AddToHead(token, counts.MaxLag);
        AddToTail(token, counts.MaxLag);
        this.last = place;
        this.EndRow++;
    }

    /// <summary>Takes in the rows that follow, of which no other row has been seen in between.</summary>
    public void Join(LagSegment next, LagCounts counts)
    {
        if (next.first.Follows(this.last))
        {
            CountAcross(next, counts);
            next.head.ForEach(token => AddToHead(token, counts.MaxLag));
            this.headIsWhole |= next.headIsWhole;
            if (next.hasBreak)
            {
                this.tail.Clear();
            }
        }
        else
        {
            EndDocument();
        }

        next.tail.ForEach(token => AddToTail(token, counts.MaxLag));
        this.hasBreak |= next.hasBreak;
        this.last = next.last;
        this.EndRow = next.EndRow;
    }

    private void EndDocument()
    {
        this.tail.Clear();
        this.headIsWhole = true;
        this.hasBreak = true;
    }

    private void CountAcross(LagSegment next, LagCounts counts)
    {
        for (int i = 0; i < next.head.Count; i++)
        {
            for (int back = 1; back <= this.tail.Count && i + back <= counts.MaxLag; back++)
            {
                counts.CountPair(this.tail[^back], next.head[i], i + back);
            }
        }
    }

    private void AddToHead(LagToken token, int most)
    {
        if (!this.headIsWhole)
        {
            this.head.Add(token);
            this.headIsWhole = this.head.Count == most;
        }
    }

    private void AddToTail(LagToken token, int most)
    {
        if (this.tail.Count == most)
        {
            this.tail.RemoveAt(0);
        }

        this.tail.Add(token);
    }
}
