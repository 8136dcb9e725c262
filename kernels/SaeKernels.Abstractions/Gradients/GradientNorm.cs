namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.GradientNorm"/>.</summary>
public readonly record struct GradientNormArguments
{
    /// <summary>The number of latents, DSae.</summary>
    public required int Latents { get; init; }

    /// <summary>The squared gradient norm of each latent, [DSae].</summary>
    public required RealBuffer RowSquaredNorms { get; init; }

    /// <summary>∂b_dec [DOut].</summary>
    public required RealBuffer GradBDec { get; init; }

    /// <summary>The number of outputs, DOut.</summary>
    public required int DOut { get; init; }

    /// <summary>The largest norm that is let through; +∞ for no limit.</summary>
    public required double MaxNorm { get; init; }

    /// <summary>Receives the norm of the whole gradient, before clipping.</summary>
    public required ScalarSlot Norm { get; init; }

    /// <summary>Receives min(1, MaxNorm / norm), the factor that clips the gradient; 1 for a norm of 0.</summary>
    public required ScalarSlot ClipFactor { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.GradientNorm);
        Shape.RequireLength(Operation, nameof(this.RowSquaredNorms), this.RowSquaredNorms, this.Latents);
        Shape.RequireLength(Operation, nameof(this.GradBDec), this.GradBDec, this.DOut);
        Shape.Require(
            this.MaxNorm > 0,
            Operation,
            $"MaxNorm must be positive, but is {this.MaxNorm}.",
            "Pass +∞ to switch clipping off.");
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Computes the Euclidean norm of the gradient of all parameters together, and the factor that clips it.
    /// </summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or MaxNorm is not positive.</exception>
    void GradientNorm(in GradientNormArguments arguments);
}
