namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.LinearSum"/>.</summary>
public readonly record struct LinearSumArguments
{
    /// <summary>The vectors x [batch, DIn].</summary>
    public required RealMatrix Input { get; init; }

    /// <summary>The matrix W [DOut, DIn].</summary>
    public required RealMatrix Weights { get; init; }

    /// <summary>What the product is added to, y [batch, DOut].</summary>
    public required RealMatrix Start { get; init; }

    /// <summary>The factor of the product; finite. −1 takes the map off what is to be reconstructed.</summary>
    public required double Scale { get; init; }

    /// <summary>Receives y + scale · W·x [batch, DOut]; may be <see cref="Start"/>.</summary>
    public required RealMatrix Sum { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.LinearSum);
        (int rows, int outputs) = (this.Input.Rows, this.Weights.Rows);
        Shape.RequireMatrix(Operation, nameof(this.Weights), this.Weights, outputs, this.Input.Columns);
        Shape.RequireMatrix(Operation, nameof(this.Start), this.Start, rows, outputs);
        Shape.RequireMatrix(Operation, nameof(this.Sum), this.Sum, rows, outputs);
        Shape.Require(
            double.IsFinite(this.Scale), Operation, $"Scale must be finite, but is {this.Scale}.", "Change Scale.");
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Adds a linear map of the inputs to a matrix, y + scale · W·x: the path of a transcoder that skips the latents.
    /// </summary>
    /// <remarks>Source: Paulo et al. 2025, Transcoders beat sparse autoencoders for interpretability, §3.</remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or Scale is not finite.</exception>
    void LinearSum(in LinearSumArguments arguments);
}
