namespace SaeKernels.Data;

/// <summary>A growing list of active features and how strongly each is active.</summary>
internal sealed class ActiveFeatures
{
    private int[] features = new int[64];
    private float[] values = new float[64];

    /// <summary>The number of entries.</summary>
    public int Count { get; private set; }

    /// <summary>The features.</summary>
    public ReadOnlySpan<int> Features => this.features.AsSpan(0, this.Count);

    /// <summary>Their strengths.</summary>
    public ReadOnlySpan<float> Values => this.values.AsSpan(0, this.Count);

    /// <summary>Makes the list empty.</summary>
    public void Clear() => this.Count = 0;

    /// <summary>Adds an entry.</summary>
    public void Add(int feature, float value)
    {
        if (this.Count == this.features.Length)
        {
            Grow(this.Count + 1);
        }

        this.features[this.Count] = feature;
        this.values[this.Count++] = value;
    }

    /// <summary>Adds some entries of another list.</summary>
    public void Add(ActiveFeatures other, int first, int count)
    {
        if (this.Count + count > this.features.Length)
        {
            Grow(this.Count + count);
        }

        other.features.AsSpan(first, count).CopyTo(this.features.AsSpan(this.Count));
        other.values.AsSpan(first, count).CopyTo(this.values.AsSpan(this.Count));
        this.Count += count;
    }

    /// <summary>Keeps one of the entries from a place on.</summary>
    public void KeepOne(int first, int kept)
    {
        this.features[first] = this.features[kept];
        this.values[first] = this.values[kept];
        this.Count = first + 1;
    }

    private void Grow(int count)
    {
        int length = Math.Max(count, 2 * this.features.Length);
        Array.Resize(ref this.features, length);
        Array.Resize(ref this.values, length);
    }
}
