namespace SaeKernels.Metrics;

/// <summary>The examples with the lowest random numbers so far, at most a given number of them.</summary>
/// <remarks>Of equal numbers the lower row stays. The default value is empty.</remarks>
internal struct LowestHashes
{
    private List<(ulong Hash, TopExample Example)>? kept;
    private int worst;

    public void Add(ulong hash, TopExample example, int most)
    {
        this.kept ??= [];
        if (this.kept.Count < most)
        {
            this.kept.Add((hash, example));
            if (this.kept.Count == most)
            {
                FindWorst();
            }
        }
        else if (IsBefore((hash, example), this.kept[this.worst]))
        {
            this.kept[this.worst] = (hash, example);
            FindWorst();
        }
    }

    public void Add(LowestHashes other, int most)
    {
        foreach ((ulong hash, TopExample example) in other.kept ?? [])
        {
            Add(hash, example, most);
        }
    }

    public readonly TopExample[] ByRow() =>
        this.kept is null ? [] : [.. this.kept.Select(pair => pair.Example).OrderBy(example => example.Row)];

    private static bool IsBefore((ulong Hash, TopExample Example) left, (ulong Hash, TopExample Example) right) =>
        left.Hash < right.Hash || (left.Hash == right.Hash && left.Example.Row < right.Example.Row);

    private void FindWorst()
    {
        this.worst = 0;
        for (int i = 1; i < this.kept!.Count; i++)
        {
            if (IsBefore(this.kept[this.worst], this.kept[i]))
            {
                this.worst = i;
            }
        }
    }
}
