namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.WeightedSum"/>.</summary>
public readonly record struct WeightedSumArguments
{
    /// <summary>The numbers that are summed of each buffer.</summary>
    public required long Length { get; init; }

    /// <summary>The first addend x.</summary>
    public required RealBuffer First { get; init; }

    /// <summary>Its factor a.</summary>
    public required double FirstFactor { get; init; }

    /// <summary>The second addend y.</summary>
    public required RealBuffer Second { get; init; }

    /// <summary>Its factor b.</summary>
    public required double SecondFactor { get; init; }

    /// <summary>Receives a·x + b·y; may be one of the addends.</summary>
    public required RealBuffer Sum { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.WeightedSum);
        Shape.Require(
            this.Length >= 0, Operation, $"Length must be at least 0, but is {this.Length}.", "Change Length.");
        Shape.RequireLength(Operation, nameof(this.First), this.First, this.Length);
        Shape.RequireLength(Operation, nameof(this.Second), this.Second, this.Length);
        Shape.RequireLength(Operation, nameof(this.Sum), this.Sum, this.Length);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Computes a·x + b·y, element by element: a moving average of weights, or the average that Signum's two sequences
    /// stand for. NaN stays, also where its factor is 0.
    /// </summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void WeightedSum(in WeightedSumArguments arguments);
}
