namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.AccumulateHistogram"/>.</summary>
public readonly record struct AccumulateHistogramArguments
{
    /// <summary>The numbers.</summary>
    public required RealBuffer Values { get; init; }

    /// <summary>How many numbers count, from the first element on.</summary>
    public required long Count { get; init; }

    /// <summary>The lower edge of the first bin.</summary>
    public required float Low { get; init; }

    /// <summary>The upper edge of the last bin; above <see cref="Low"/>, both finite.</summary>
    public required float High { get; init; }

    /// <summary>The number of bins, 1 to 65,536, all of equal width.</summary>
    public required int Bins { get; init; }

    /// <summary>
    /// The counts that are added to, [Bins + 3]: the bins, then the numbers below <see cref="Low"/>, those above
    /// <see cref="High"/>, and NaN.
    /// </summary>
    public required LongBuffer Counts { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes or edges do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.AccumulateHistogram);
        const int MostBins = 1 << 16;
        Shape.Require(
            this.Bins is >= 1 and <= MostBins,
            Operation,
            $"Bins must be between 1 and {MostBins}, but is {this.Bins}.",
            "Change Bins.");
        Shape.Require(
            float.IsFinite(this.Low) && float.IsFinite(this.High) && this.Low < this.High
                && float.IsFinite(this.High - this.Low),
            Operation,
            $"Low must be below High and both finite, but they are {this.Low} and {this.High}.",
            "Change the edges.");
        Shape.Require(
            float.IsFinite(this.Bins / (this.High - this.Low)),
            Operation,
            $"Bins / (High − Low) must be finite in float32, but Low is {this.Low} and High is {this.High}.",
            "Move the edges apart.");
        Shape.Require(this.Count >= 0, Operation, $"Count must be at least 0, but is {this.Count}.", "Change Count.");
        Shape.RequireLength(Operation, nameof(this.Values), this.Values, this.Count);
        Shape.RequireLength(Operation, nameof(this.Counts), this.Counts, this.Bins + 3L);
    }
}

public partial interface IComputeBackend
{
    /// <summary>Counts numbers in bins of equal width: the pooled histogram of a matrix.</summary>
    /// <remarks>
    /// The bin of v is ⌊(v − Low) · s⌋ with s = Bins / (High − Low), every operation rounded to float32; what that
    /// puts at Bins, v = High above all, falls into the last bin. So every backend counts exactly alike. Counts are
    /// 64-bit; float64 numbers are rounded to float32 first.
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes or edges do not fit.</exception>
    void AccumulateHistogram(in AccumulateHistogramArguments arguments);
}
