namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.GateMagnitudes"/>.</summary>
public readonly record struct GateMagnitudesArguments
{
    /// <summary>The number of rows of the batch.</summary>
    public required int Rows { get; init; }

    /// <summary>The number of latents, DSae.</summary>
    public required int Latents { get; init; }

    /// <summary>
    /// The gates that are on, with their pre-activations π as values; these become the magnitudes f.
    /// </summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>The biases of the gates b_gate [DSae].</summary>
    public required RealBuffer GateBiases { get; init; }

    /// <summary>The biases of the magnitudes b_mag [DSae].</summary>
    public required RealBuffer Biases { get; init; }

    /// <summary>The logarithms of the magnitudes' gains, r [DSae].</summary>
    public required RealBuffer LogGains { get; init; }

    /// <summary>Receives gains and shifts.</summary>
    public required GatedMagnitudes Gate { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.GateMagnitudes);
        Shape.Require(
            this.Rows >= 0 && this.Rows <= this.Codes.MaxRows,
            Operation,
            $"Rows must be between 0 and the codes' {this.Codes.MaxRows} rows, but is {this.Rows}.",
            "Pass the rows of the batch.");
        Shape.RequireLength(Operation, nameof(this.GateBiases), this.GateBiases, this.Latents);
        Shape.RequireLength(Operation, nameof(this.Biases), this.Biases, this.Latents);
        Shape.RequireLength(Operation, nameof(this.LogGains), this.LogGains, this.Latents);
        this.Gate.Validate(Operation, this.Latents);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Turns pre-activations of gates into the magnitudes of their latents, and leaves what other operations need for
    /// the same: gains e^r and shifts b_mag − e^r · b_gate.
    /// </summary>
    /// <remarks>
    /// f = max(gain · π + shift, 0), fused. An entry whose magnitude is not positive stays, with the value 0; NaN stays
    /// NaN. r is held within −87 and 88, so that gains are finite and positive. Codes without room for their entries
    /// have empty rows, and stay as they are.
    /// Source: Rajamanoharan et al., "Improving dictionary learning with gated sparse autoencoders", 2024, §3.2.
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void GateMagnitudes(in GateMagnitudesArguments arguments);
}
