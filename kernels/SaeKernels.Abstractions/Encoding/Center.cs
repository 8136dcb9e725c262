namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.Center"/>.</summary>
public readonly record struct CenterArguments
{
    /// <summary>The input vectors x [batch, DIn].</summary>
    public required RealMatrix Activations { get; init; }

    /// <summary>The decoder bias b_dec [DIn] that is subtracted.</summary>
    public required RealBuffer BDec { get; init; }

    /// <summary>Receives x − b_dec [batch, DIn]; may be <see cref="Activations"/>.</summary>
    public required RealMatrix Centered { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        Shape.RequireMatrix(
            nameof(IComputeBackend.Center),
            nameof(this.Centered),
            this.Centered,
            this.Activations.Rows,
            this.Activations.Columns);
        Shape.RequireLength(nameof(IComputeBackend.Center), nameof(this.BDec), this.BDec, this.Activations.Columns);
    }
}

public partial interface IComputeBackend
{
    /// <summary>Subtracts the decoder bias from every vector: what the encoder sees.</summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void Center(in CenterArguments arguments);
}
