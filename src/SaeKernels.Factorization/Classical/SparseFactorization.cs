namespace SaeKernels.Factorization;

/// <summary>A sparse factorisation x ≈ b + s·D of vectors, with s ≥ 0.</summary>
public sealed record SparseFactorization
{
    /// <summary>The dictionary D [K, width], rows of unit length.</summary>
    public required RowMatrix Dictionary { get; init; }

    /// <summary>The constant vector b [width].</summary>
    public required IReadOnlyList<float> Bias { get; init; }

    /// <summary>The codes s of all vectors.</summary>
    public required SparseRows Codes { get; init; }

    /// <summary>What finds codes, where an autoencoder was trained; null for the classical solver.</summary>
    public LinearEncoder? Encoder { get; init; }

    /// <summary>
    /// The mean over vectors of what was minimised: ½‖x − b − s·D‖² + λ · Σ s by the classical solver; ‖x − b − s·D‖²,
    /// plus λ · Σ s where there is an L1 penalty, by an autoencoder.
    /// </summary>
    public required double Objective { get; init; }

    /// <summary>The mean over vectors of ‖x − b − s·D‖², as <c>mse</c> is everywhere.</summary>
    public required double Mse { get; init; }

    /// <summary>The mean number of entries of a code that are not 0.</summary>
    public double L0 => (double)this.Codes.Values.Length / this.Codes.Rows;
}
