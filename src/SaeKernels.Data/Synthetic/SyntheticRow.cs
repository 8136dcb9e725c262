using System.Runtime.InteropServices;

namespace SaeKernels.Data;

/// <summary>The true code of one vector: the features that are active and how strongly, by ascending feature.</summary>
public sealed class SyntheticRow
{
    private readonly List<int> features = [];
    private readonly List<float> values = [];

    /// <summary>The number of active features.</summary>
    public int Count => this.features.Count;

    /// <summary>The active features, ascending.</summary>
    public ReadOnlySpan<int> Features => CollectionsMarshal.AsSpan(this.features);

    /// <summary>How strongly each of them is active, above 0.</summary>
    public ReadOnlySpan<float> Values => CollectionsMarshal.AsSpan(this.values);

    /// <summary>Makes the code empty.</summary>
    public void Clear()
    {
        this.features.Clear();
        this.values.Clear();
    }

    /// <summary>Adds an active feature.</summary>
    /// <param name="feature">Above every feature added before.</param>
    /// <param name="value">How strongly it is active; one of 0 is not added.</param>
    /// <exception cref="ArgumentException">The feature is not above the last one, or the value is negative.</exception>
    public void Add(int feature, float value)
    {
        if ((this.Count > 0 && feature <= this.features[^1]) || !(value >= 0))
        {
            throw new ArgumentException(
                $"SyntheticRow: features must ascend and values be at least 0, but {feature} with {value} follows "
                + $"{(this.Count > 0 ? this.features[^1] : -1)}. Add features in order.");
        }

        if (value > 0)
        {
            this.features.Add(feature);
            this.values.Add(value);
        }
    }
}
