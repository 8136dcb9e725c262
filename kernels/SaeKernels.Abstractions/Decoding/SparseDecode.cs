namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.SparseDecode"/>.</summary>
public readonly record struct SparseDecodeArguments
{
    /// <summary>The codes of the batch.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>The decoder W_dec [DSae, DOut].</summary>
    public required RealMatrix WDec { get; init; }

    /// <summary>The decoder's bias b_dec [DOut].</summary>
    public required RealBuffer BDec { get; init; }

    /// <summary>Receives the reconstruction [batch, DOut]; its rows are the rows of the batch.</summary>
    public required RealMatrix Reconstruction { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.SparseDecode);
        Shape.RequireMatrix(
            Operation,
            nameof(this.Reconstruction),
            this.Reconstruction,
            this.Reconstruction.Rows,
            this.WDec.Columns);
        Shape.RequireLength(Operation, nameof(this.BDec), this.BDec, this.WDec.Columns);
        Shape.RequireLength(Operation, nameof(this.Codes), this.Codes.RowOffsets, this.Reconstruction.Rows + 1L);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Computes reconstructions x̂ = b_dec + Σ v · W_dec[i, ·] over the entries of each row, i ascending.
    /// </summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void SparseDecode(in SparseDecodeArguments arguments);
}
