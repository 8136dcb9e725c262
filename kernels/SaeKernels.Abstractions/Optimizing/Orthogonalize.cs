namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.Orthogonalize"/>.</summary>
public readonly record struct OrthogonalizeArguments
{
    /// <summary>How often the published optimiser applies the polynomial.</summary>
    public const int PublishedIterations = 5;

    /// <summary>The coefficient a of the polynomial.</summary>
    public const double Linear = 3.4445;

    /// <summary>The coefficient b of the polynomial.</summary>
    public const double Cubic = -4.7750;

    /// <summary>The coefficient c of the polynomial.</summary>
    public const double Quintic = 2.0315;

    /// <summary>The matrix X; replaced.</summary>
    public required RealMatrix Matrix { get; init; }

    /// <summary>How often the polynomial is applied; at least 0, by default 5.</summary>
    public int Iterations { get; init; } = PublishedIterations;

    /// <summary>Makes arguments with the published number of iterations.</summary>
    public OrthogonalizeArguments()
    {
    }

    /// <summary>Throws <see cref="ArgumentException"/> where arguments do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.Orthogonalize);
        Shape.RequireMatrix(Operation, nameof(this.Matrix), this.Matrix, this.Matrix.Rows, this.Matrix.Columns);
        Shape.Require(
            this.Iterations >= 0,
            Operation,
            $"Iterations must be at least 0, but is {this.Iterations}.",
            "Change Iterations.");
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Brings the singular values of a matrix near 1 and keeps its singular vectors: X ← X / ‖X‖ with the Frobenius
    /// norm, then as often as asked X ← X·P with P = a·I + b·A + c·A² and A = XᵀX, or P·X with A = XXᵀ where X has
    /// fewer rows than columns.
    /// </summary>
    /// <remarks>
    /// A singular value s becomes a·s + b·s³ + c·s⁵. The coefficients make small ones grow as fast as they can, so that
    /// after five iterations all that began above 0.002 lie between 0.68 and 1.2, but none is brought to 1. A
    /// matrix of zeros stays; with a number that is NaN or infinite, none stays a number. Numbers below 1e-18 in
    /// magnitude may count as 0.
    /// Source: Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024; the iteration is that of
    /// Newton and Schulz.
    /// </remarks>
    /// <param name="arguments">The matrix.</param>
    /// <exception cref="ArgumentException">The matrix is missing, or Iterations is negative.</exception>
    void Orthogonalize(in OrthogonalizeArguments arguments);
}
