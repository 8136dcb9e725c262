namespace SaeKernels.Metrics;

/// <summary>What belongs to the rows with the lowest random numbers so far, at most a given number of rows.</summary>
/// <remarks>Of equal numbers the lower row stays. The default value is empty.</remarks>
internal struct LowestHashes<T>
{
    private List<(ulong Hash, long Row, T Item)>? kept;
    private int worst;

    public void Add(ulong hash, long row, T item, int most)
    {
        this.kept ??= [];
        if (this.kept.Count < most)
        {
            this.kept.Add((hash, row, item));
            if (this.kept.Count == most)
            {
                FindWorst();
            }
        }
        else if (IsBefore((hash, row, item), this.kept[this.worst]))
        {
            this.kept[this.worst] = (hash, row, item);
            FindWorst();
        }
    }

    public void Add(LowestHashes<T> other, int most)
    {
        foreach ((ulong hash, long row, T item) in other.kept ?? [])
        {
            Add(hash, row, item, most);
        }
    }

    public readonly IEnumerable<(long Row, T Item)> ByRow() =>
        (this.kept ?? []).OrderBy(entry => entry.Row).Select(entry => (entry.Row, entry.Item));

    private static bool IsBefore((ulong Hash, long Row, T Item) left, (ulong Hash, long Row, T Item) right) =>
        left.Hash < right.Hash || (left.Hash == right.Hash && left.Row < right.Row);

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
