namespace SaeKernels.Metrics;

/// <summary>Consecutive rows: the tokens at their beginning and at their end that pairs may still need.</summary>
/// <remarks>
/// Kept are the first tokens, up to the largest lag and to the end of the document that the rows begin in, and the last
/// tokens of the document that they end in. Tokens in between wait until there are many, and are counted
/// together: one by one they take half as much time again (4,096 latents, 32 of them active, 2026-11-23).
/// </remarks>
internal sealed class LagSegment : IRowSegment<LagSegment, LagCounts>
{
    private const int MostWaiting = 1 << 18;
    private readonly List<LagToken> head = [];
    private readonly List<LagToken> tokens = [];
    private readonly List<int> reach = [];
    private int counted;
    private long waiting;
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

    /// <summary>Copies a segment in which nothing waits.</summary>
    public LagSegment Clone()
    {
        LagSegment copy = new(this.FirstRow)
        {
            EndRow = this.EndRow,
            counted = this.counted,
            headIsWhole = this.headIsWhole,
            hasBreak = this.hasBreak,
            first = this.first,
            last = this.last,
        };
        copy.head.AddRange(this.head);
        copy.tokens.AddRange(this.tokens);
        copy.reach.AddRange(this.reach);
        return copy;
    }

    /// <summary>Adds the next row.</summary>
    public void Add(TokenPlace place, LagToken token, LagCounts counts)
    {
        bool isFirst = this.EndRow == this.FirstRow;
        bool follows = !isFirst && place.Follows(this.last);
        if (isFirst)
        {
            this.first = place;
        }
        else if (!follows)
        {
            EndDocument();
        }

        AddToHead(token, counts.MaxLag);
        AddToTail(token, follows, counts.MaxLag);
        this.last = place;
        this.EndRow++;
        this.waiting += token.Active.Length + 1;
        if (this.waiting >= MostWaiting)
        {
            CountWaiting(counts);
        }
    }

    /// <summary>Counts the pairs of all tokens so far; afterwards only those near the end are kept.</summary>
    public void CountWaiting(LagCounts counts)
    {
        if (this.counted == this.tokens.Count)
        {
            return;
        }

        counts.CountAll(this.tokens, this.reach, this.counted);
        KeepTail(counts.MaxLag);
    }

    /// <summary>Takes in the rows that follow, of which no other row has been seen in between; none may wait.</summary>
    public void Join(LagSegment next, LagCounts counts)
    {
        bool follows = next.first.Follows(this.last);
        if (follows)
        {
            CountAcross(next, counts);
            next.head.ForEach(token => AddToHead(token, counts.MaxLag));
            this.headIsWhole |= next.headIsWhole;
        }
        else
        {
            EndDocument();
        }

        for (int i = 0; i < next.tokens.Count; i++)
        {
            AddToTail(next.tokens[i], i > 0 || (follows && !next.hasBreak), counts.MaxLag);
        }

        KeepTail(counts.MaxLag);
        this.hasBreak |= next.hasBreak;
        this.last = next.last;
        this.EndRow = next.EndRow;
    }

    private void EndDocument()
    {
        this.headIsWhole = true;
        this.hasBreak = true;
    }

    private void CountAcross(LagSegment next, LagCounts counts)
    {
        for (int i = 0; i < next.head.Count; i++)
        {
            for (int back = 1; back <= this.tokens.Count && i + back <= counts.MaxLag; back++)
            {
                counts.CountPair(this.tokens[^back], next.head[i], i + back);
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

    private void AddToTail(LagToken token, bool follows, int most)
    {
        this.tokens.Add(token);
        this.reach.Add(follows ? Math.Min(most, this.reach[^1] + 1) : 0);
    }

    /// <summary>Keeps the last tokens of the document that the rows end in, all counted.</summary>
    private void KeepTail(int most)
    {
        int kept = Math.Min(most, this.reach[^1] + 1);
        this.tokens.RemoveRange(0, this.tokens.Count - kept);
        this.reach.Clear();
        this.reach.AddRange(Enumerable.Range(0, kept));
        this.counted = kept;
        this.waiting = 0;
    }
}
