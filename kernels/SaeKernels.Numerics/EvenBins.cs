namespace SaeKernels.Numerics;

/// <summary>A grid of bins of equal width from one number to another.</summary>
/// <remarks>
/// The bin of v is ⌊(v − Low) · Scale⌋, each operation rounded to float32, so every backend finds the same bin exactly.
/// Rounding may put a number within a few units in the last place of an edge on the other side of it.
/// </remarks>
public readonly record struct EvenBins
{
    /// <summary>Makes a grid.</summary>
    /// <param name="low">The lower edge of the first bin.</param>
    /// <param name="high">The upper edge of the last bin; above <paramref name="low"/>.</param>
    /// <param name="count">The number of bins; at least 1.</param>
    public EvenBins(float low, float high, int count)
    {
        this.Low = low;
        this.High = high;
        this.Count = count;
        this.Scale = count / (high - low);
    }

    /// <summary>The lower edge of the first bin.</summary>
    public float Low { get; }

    /// <summary>The upper edge of the last bin.</summary>
    public float High { get; }

    /// <summary>The number of bins.</summary>
    public int Count { get; }

    /// <summary>Bins to a unit: Count / (High − Low) in float32.</summary>
    public float Scale { get; }

    /// <summary>The width of a bin: (High − Low) / Count in float32.</summary>
    public float Width => (this.High - this.Low) / this.Count;

    /// <summary>Returns the bin of a number, 0 to <see cref="Count"/> − 1.</summary>
    /// <param name="value">
    /// A number; one below <see cref="Low"/> falls into the first bin, one above <see cref="High"/> and NaN into the
    /// last.
    /// </param>
    public int IndexOf(float value)
    {
        float place = (value - this.Low) * this.Scale;
        return place < 0 ? 0 : place < this.Count ? (int)place : this.Count - 1;
    }
}
