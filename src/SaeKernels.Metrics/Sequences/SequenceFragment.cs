namespace SaeKernels.Metrics;

/// <summary>
/// Consecutive tokens of one document of which it may not be known what comes before or after: its runs that touch an
/// edge, and the activity near its edges.
/// </summary>
internal sealed class SequenceFragment
{
    /// <summary>The largest lag: histories have 64 bits, the token itself included.</summary>
    public const int MostLag = 63;

    private const int Bits = 64;
    private readonly Edge[] edges;
    private readonly List<int> touched = [];

    public SequenceFragment(int latents)
    {
        this.edges = new Edge[latents];
    }

    private SequenceFragment(SequenceFragment other)
    {
        this.edges = (Edge[])other.edges.Clone();
        this.touched = [.. other.touched];
        this.Length = other.Length;
        this.First = other.First;
        this.Last = other.Last;
    }

    /// <summary>Its tokens; 0 where nothing was added yet.</summary>
    public long Length { get; private set; }

    public TokenPlace First { get; private set; }

    public TokenPlace Last { get; private set; }

    public SequenceFragment Clone() => new(this);

    /// <summary>Adds the next token.</summary>
    public void Add(
        TokenPlace place, ReadOnlySpan<int> latents, ReadOnlySpan<float> values, SequenceTotals totals)
    {
        this.First = this.Length == 0 ? place : this.First;
        this.Last = place;
        long now = this.Length++;
        for (int entry = 0; entry < latents.Length; entry++)
        {
            if (values[entry] != 0)
            {
                int latent = latents[entry];
                totals.Active[latent]++;
                ref Edge edge = ref this.edges[latent];
                if (edge.Run == 0)
                {
                    this.touched.Add(latent);
                }

                AddActive(ref edge, latent, now, totals);
            }
        }
    }

    /// <summary>Adds all tokens of the fragment that follows in the same document.</summary>
    public void Append(SequenceFragment next, SequenceTotals totals)
    {
        foreach (int latent in next.touched)
        {
            ref Edge edge = ref this.edges[latent];
            Edge following = next.edges[latent];
            if (edge.Run == 0)
            {
                this.touched.Add(latent);
                totals.CountRun(latent, following.Leading);
                edge = following with { Head = ShiftLeft(following.Head, this.Length), Leading = 0 };
                edge.LastActive += this.Length;
            }
            else
            {
                CountPairsAcross(latent, TailOf(edge), following.Head, totals);
                JoinEdges(ref edge, following, latent, totals);
            }
        }

        this.Length += next.Length;
        this.Last = next.Last;
    }

    /// <summary>Counts everything that was open, because the document neither began earlier nor goes on.</summary>
    public void CloseInto(SequenceTotals totals)
    {
        if (this.Length == 0)
        {
            return;
        }

        totals.CountDocument(this.Length);
        foreach (int latent in this.touched)
        {
            Edge edge = this.edges[latent];
            totals.ActiveDocuments[latent]++;
            totals.CountRun(latent, edge.Leading);
            totals.CountRun(latent, edge.Run);
            totals.CountEdges(latent, edge.Head, TailOf(edge));
        }
    }

    /// <summary>Makes this fragment empty.</summary>
    public void Clear()
    {
        this.touched.ForEach(latent => this.edges[latent] = default);
        this.touched.Clear();
        this.Length = 0;
    }

    private static void AddActive(ref Edge edge, int latent, long now, SequenceTotals totals)
    {
        edge.Tail = ShiftLeft(edge.Tail, now - edge.LastActive);
        totals.CountPairs(latent, edge.Tail);
        edge.Tail |= 1;
        if (now < Bits)
        {
            edge.Head |= 1UL << (int)now;
        }

        if (edge.Run > 0 && edge.LastActive == now - 1)
        {
            edge.Run++;
        }
        else
        {
            EndRun(ref edge, latent, totals);
            edge.Run = 1;
        }

        edge.LastActive = now;
    }

    /// <summary>Counts the run that has ended, unless it began with the fragment: it may be longer.</summary>
    private static void EndRun(ref Edge edge, int latent, SequenceTotals totals)
    {
        if (edge.BeganWithFragment)
        {
            edge.Leading = edge.Run;
        }
        else
        {
            totals.CountRun(latent, edge.Run);
        }
    }

    private void JoinEdges(ref Edge edge, Edge following, int latent, SequenceTotals totals)
    {
        bool goesOn = edge.LastActive == this.Length - 1 && (following.Head & 1) != 0;
        if (goesOn && following.Leading == 0)
        {
            edge.Run += following.Run;
        }
        else
        {
            bool began = edge.BeganWithFragment;
            long ended = edge.Run + (goesOn ? following.Leading : 0);
            edge.Leading = began ? ended : edge.Leading;
            totals.CountRun(latent, began ? 0 : ended);
            totals.CountRun(latent, goesOn ? 0 : following.Leading);
            edge.Run = following.Run;
        }

        edge.Head |= ShiftLeft(following.Head, this.Length);
        edge.Tail = ShiftLeft(edge.Tail, this.Length + following.LastActive - edge.LastActive) | following.Tail;
        edge.LastActive = this.Length + following.LastActive;
    }

    private static void CountPairsAcross(int latent, ulong tail, ulong head, SequenceTotals totals)
    {
        for (int j = 0; j < MostLag && head >> j != 0; j++)
        {
            if (((head >> j) & 1) != 0)
            {
                // Seen from token j of the next fragment, the last token of this one was j + 1 tokens ago.
                totals.CountPairs(latent, ShiftLeft(tail, j + 1));
            }
        }
    }

    /// <summary>Activity counted back from the last token of the fragment.</summary>
    private ulong TailOf(Edge edge) => ShiftLeft(edge.Tail, this.Length - 1 - edge.LastActive);

    private static ulong ShiftLeft(ulong mask, long distance) => distance < Bits ? mask << (int)distance : 0;

    /// <summary>What is open of one latent; Run is 0 where it was never active.</summary>
    private struct Edge
    {
        /// <summary>Bit j: active on token j of the fragment.</summary>
        public ulong Head;

        /// <summary>Bit j: active j tokens before <see cref="LastActive"/>.</summary>
        public ulong Tail;

        /// <summary>The last active token, counted from the beginning of the fragment.</summary>
        public long LastActive;

        /// <summary>The length of the run that ends with <see cref="LastActive"/>.</summary>
        public long Run;

        /// <summary>The length of an earlier run that began with the fragment; 0 for none.</summary>
        public long Leading;

        public readonly bool BeganWithFragment => this.Run > 0 && this.Run == this.LastActive + 1;
    }
}
