namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.LinearGradient"/>.</summary>
public readonly record struct LinearGradientArguments
{
    /// <summary>The residuals e [batch, DOut].</summary>
    public required RealMatrix Residuals { get; init; }

    /// <summary>What the map was applied to, x [batch, DIn].</summary>
    public required RealMatrix Input { get; init; }

    /// <summary>The scale of the residuals, usually −2 / (batch · variance).</summary>
    public required double ResidualScale { get; init; }

    /// <summary>Receives ∂W [DOut, DIn].</summary>
    public required RealMatrix Gradient { get; init; }

    /// <summary>
    /// Receives ‖∂W[o]‖² of each row from <see cref="FirstNorm"/> on, so that they lie behind the norms of the latents.
    /// </summary>
    public required RealBuffer RowSquaredNorms { get; init; }

    /// <summary>Where the first of them goes; at least 0, default 0.</summary>
    public int FirstNorm { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.LinearGradient);
        (int outputs, int inputs) = (this.Residuals.Columns, this.Input.Columns);
        Shape.RequireMatrix(Operation, nameof(this.Input), this.Input, this.Residuals.Rows, inputs);
        Shape.RequireMatrix(Operation, nameof(this.Gradient), this.Gradient, outputs, inputs);
        Shape.Require(
            this.FirstNorm >= 0, Operation, $"FirstNorm must be at least 0, but is {this.FirstNorm}.", "Raise it.");
        Shape.RequireLength(
            Operation, nameof(this.RowSquaredNorms), this.RowSquaredNorms, (long)this.FirstNorm + outputs);
    }
}

public partial interface IComputeBackend
{
    /// <summary>Computes the gradient of a linear map's matrix, ∂W = scale · Σ_b e[b] · x[b]ᵀ.</summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void LinearGradient(in LinearGradientArguments arguments);
}
