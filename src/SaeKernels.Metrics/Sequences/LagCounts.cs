namespace SaeKernels.Metrics;

/// <summary>Counts of pairs of tokens: how many lie so far apart, and what is active in them.</summary>
internal sealed class LagCounts
{
    private readonly int[] rowOf;
    private readonly int[] columnOf;
    private readonly int columns;
    private readonly long[] earlier;
    private readonly long[] later;
    private readonly long[][] both;

    /// <summary>Makes counts of nothing.</summary>
    /// <param name="maxLag">The largest distance.</param>
    /// <param name="rowOf">The row of each latent that is looked at; −1 for others.</param>
    /// <param name="columnOf">The column of each latent that they are held against; −1 for others.</param>
    public LagCounts(int maxLag, int[] rowOf, int[] columnOf)
    {
        this.MaxLag = maxLag;
        this.rowOf = rowOf;
        this.columnOf = columnOf;
        this.columns = columnOf.Max() + 1;
        this.Pairs = new long[maxLag + 1];
        this.earlier = new long[(maxLag + 1) * rowOf.Length];
        this.later = new long[(maxLag + 1) * rowOf.Length];
        this.both = [.. Enumerable.Range(0, rowOf.Max() + 1).Select(_ => new long[((2 * maxLag) + 1) * this.columns])];
    }

    public int MaxLag { get; }

    public int Latents => this.rowOf.Length;

    /// <summary>For each distance, the pairs of tokens of one document.</summary>
    public long[] Pairs { get; }

    /// <summary>Pairs of a distance in which a latent is active on the earlier token.</summary>
    public long Earlier(int latent, int distance) => this.earlier[(distance * this.Latents) + latent];

    /// <summary>Pairs of a distance in which a latent is active on the later token.</summary>
    public long Later(int latent, int distance) => this.later[(distance * this.Latents) + latent];

    /// <summary>Pairs in which both are active, the other one so many tokens later.</summary>
    public long Both(int latent, int other, int lag)
    {
        int row = latent >= 0 && latent < this.Latents ? this.rowOf[latent] : -1;
        int column = other >= 0 && other < this.Latents ? this.columnOf[other] : -1;
        return row >= 0 && column >= 0 && Math.Abs(lag) <= this.MaxLag
            ? this.both[row][((this.MaxLag + lag) * this.columns) + column]
            : throw new ArgumentException(
                $"CrossCorrelationMetric: latents must be among those that were named, and the lag within "
                + $"{this.MaxLag} tokens, but are {latent} and {other} at {lag}. Name them when the metric is made.");
    }

    /// <summary>Takes what matters of a token.</summary>
    public LagToken TokenOf(ReadOnlySpan<int> latents, ReadOnlySpan<float> values)
    {
        Span<int> active = latents.Length <= 1024 ? stackalloc int[latents.Length] : new int[latents.Length];
        int count = 0;
        for (int entry = 0; entry < latents.Length; entry++)
        {
            if (values[entry] != 0 && (this.rowOf[latents[entry]] >= 0 || this.columnOf[latents[entry]] >= 0))
            {
                active[count++] = latents[entry];
            }
        }

        active = active[..count];
        return new LagToken(active.ToArray(), Places(active, this.rowOf), Places(active, this.columnOf));
    }

    /// <summary>Counts a pair of different tokens of one document.</summary>
    public void CountPair(LagToken first, LagToken second, int distance)
    {
        CountAlone(first, second, distance);
        foreach (int row in first.Rows)
        {
            CountColumns(CountsOf(row, distance), second);
        }

        foreach (int row in second.Rows)
        {
            CountColumns(CountsOf(row, -distance), first);
        }
    }

    /// <summary>Counts pairs of many tokens: a row of the table at a time, which stays in the cache.</summary>
    /// <param name="tokens">Consecutive tokens.</param>
    /// <param name="reach">How many of the tokens before each one, up to the largest lag, are of its document.</param>
    /// <param name="from">The first token that is counted as the later one of pairs.</param>
    public void CountAll(List<LagToken> tokens, List<int> reach, int from)
    {
        for (int later = from; later < tokens.Count; later++)
        {
            for (int distance = 0; distance <= reach[later]; distance++)
            {
                CountAlone(tokens[later - distance], tokens[later], distance);
            }
        }

        List<int>[] placesOf = [.. this.both.Select(_ => new List<int>())];
        for (int place = 0; place < tokens.Count; place++)
        {
            foreach (int row in tokens[place].Rows)
            {
                placesOf[row].Add(place);
            }
        }

        _ = Parallel.For(0, placesOf.Length, row => CountRow(row, placesOf[row], tokens, reach, from));
    }

    public void Add(LagCounts other)
    {
        AddTo(this.Pairs, other.Pairs);
        AddTo(this.earlier, other.earlier);
        AddTo(this.later, other.later);
        for (int row = 0; row < this.both.Length; row++)
        {
            AddTo(this.both[row], other.both[row]);
        }
    }

    private static int[] Places(ReadOnlySpan<int> latents, int[] placeOf)
    {
        List<int> places = [];
        foreach (int latent in latents)
        {
            if (placeOf[latent] >= 0)
            {
                places.Add(placeOf[latent]);
            }
        }

        return [.. places];
    }

    private static void CountColumns(Span<long> counts, LagToken token)
    {
        foreach (int column in token.Columns)
        {
            counts[column]++;
        }
    }

    private Span<long> CountsOf(int row, int lag) =>
        this.both[row].AsSpan((this.MaxLag + lag) * this.columns, this.columns);

    private void CountAlone(LagToken first, LagToken second, int distance)
    {
        this.Pairs[distance]++;
        Span<long> earlierOf = this.earlier.AsSpan(distance * this.Latents, this.Latents);
        foreach (int latent in first.Active)
        {
            earlierOf[latent]++;
        }

        Span<long> laterOf = this.later.AsSpan(distance * this.Latents, this.Latents);
        foreach (int latent in second.Active)
        {
            laterOf[latent]++;
        }
    }

    private void CountRow(int row, List<int> places, List<LagToken> tokens, List<int> reach, int from)
    {
        for (int lag = -this.MaxLag; lag <= this.MaxLag; lag++)
        {
            Span<long> counts = CountsOf(row, lag);
            foreach (int place in places)
            {
                int later = Math.Max(place, place + lag);
                if (later >= from && later < tokens.Count && Math.Abs(lag) <= reach[later])
                {
                    CountColumns(counts, tokens[place + lag]);
                }
            }
        }
    }

    private static void AddTo(long[] sums, long[] others)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += others[i];
        }
    }
}

/// <summary>What is active on a token.</summary>
/// <param name="Active">The latents.</param>
/// <param name="Rows">The rows of those that are looked at.</param>
/// <param name="Columns">The columns of those that they are held against.</param>
internal sealed record LagToken(int[] Active, int[] Rows, int[] Columns);
