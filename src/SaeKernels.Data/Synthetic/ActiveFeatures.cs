namespace SaeKernels.Data;

/// <summary>A growing list of active features and how strongly each is active.</summary>
/// <param name="capacity">The entries that there is room for at first.</param>
internal sealed class ActiveFeatures(int capacity = 64)
{
    private int[] features = new int[capacity];
    private float[] values = new float[capacity];

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

    private void Grow(int count)
    {
        int length = Math.Max(count, 2 * this.features.Length);
        Array.Resize(ref this.features, length);
        Array.Resize(ref this.values, length);
    }
}
