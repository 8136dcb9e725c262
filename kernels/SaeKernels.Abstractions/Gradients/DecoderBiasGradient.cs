namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.DecoderBiasGradient"/>.</summary>
public readonly record struct DecoderBiasGradientArguments
{
    /// <summary>The residuals e [batch, DOut].</summary>
    public required RealMatrix Residuals { get; init; }

    /// <summary>The scale of the residuals, usually −2 / (batch · variance).</summary>
    public required double ResidualScale { get; init; }

    /// <summary>Σⱼ ∂b_enc[j] · W_enc[j], [DOut], where the encoder sees x − b_dec; null where it sees x.</summary>
    public RealBuffer? EncoderPath { get; init; }

    /// <summary>Receives ∂b_dec [DOut].</summary>
    public required RealBuffer GradBDec { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.DecoderBiasGradient);
        Shape.RequireLength(Operation, nameof(this.GradBDec), this.GradBDec, this.Residuals.Columns);
        if (this.EncoderPath is not null)
        {
            Shape.RequireLength(Operation, nameof(this.EncoderPath), this.EncoderPath, this.Residuals.Columns);
        }
    }
}

public partial interface IComputeBackend
{
    /// <summary>Computes ∂b_dec = scale · Σ_b e[b] − Σⱼ ∂b_enc[j] · W_enc[j].</summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void DecoderBiasGradient(in DecoderBiasGradientArguments arguments);
}
