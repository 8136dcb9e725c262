namespace SaeKernels.Metrics;

/// <summary>Consecutive rows: what is open at their beginning and at their end.</summary>
/// <remarks>
/// While the rows are part of one document there is one fragment, open on both sides. Afterwards the first fragment is
/// open on the left, the last one on the right; documents between them are complete and counted.
/// </remarks>
internal sealed class SequenceSegment : IRowSegment<SequenceSegment, SequenceTotals>
{
    private SequenceFragment? first;
    private SequenceFragment last;

    public SequenceSegment(long firstRow, int latents)
    {
        this.FirstRow = firstRow;
        this.EndRow = firstRow;
        this.last = new SequenceFragment(latents);
        this.Latents = latents;
    }

    public long FirstRow { get; }

    public long EndRow { get; private set; }

    private int Latents { get; }

    public SequenceSegment Clone() => new(this.FirstRow, this.Latents)
    {
        EndRow = this.EndRow,
        first = this.first?.Clone(),
        last = this.last.Clone(),
    };

    public void Add(TokenPlace place, ReadOnlySpan<int> latents, ReadOnlySpan<float> values, SequenceTotals totals)
    {
        if (this.last.Length > 0 && !place.Follows(this.last.Last))
        {
            EndDocument(totals);
        }

        this.last.Add(place, latents, values, totals);
        this.EndRow++;
    }

    /// <summary>Takes in the rows that follow.</summary>
    public void Join(SequenceSegment next, SequenceTotals totals)
    {
        SequenceFragment begin = next.first ?? next.last;
        if (begin.First.Follows(this.last.Last))
        {
            this.last.Append(begin, totals);
            if (next.first is not null)
            {
                EndDocument(totals);
                this.last = next.last;
            }
        }
        else
        {
            EndDocument(totals);
            next.first?.CloseInto(totals);
            this.last = next.last;
        }

        this.EndRow = next.EndRow;
    }

    /// <summary>Counts what is open as if the data ended on both sides.</summary>
    public void CloseInto(SequenceTotals totals)
    {
        this.first?.CloseInto(totals);
        this.last.CloseInto(totals);
    }

    private void EndDocument(SequenceTotals totals)
    {
        if (this.first is null)
        {
            this.first = this.last;
            this.last = new SequenceFragment(this.Latents);
        }
        else
        {
            this.last.CloseInto(totals);
            this.last.Clear();
        }
    }
}
