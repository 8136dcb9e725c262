namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.DecodeResidual"/>.</summary>
public readonly record struct DecodeResidualArguments
{
    /// <summary>The codes of the batch.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>The decoder W_dec [DSae, DOut].</summary>
    public required RealMatrix WDec { get; init; }

    /// <summary>The decoder's bias b_dec [DOut].</summary>
    public required RealBuffer BDec { get; init; }

    /// <summary>What is to be reconstructed, y [batch, DOut].</summary>
    public required RealMatrix Targets { get; init; }

    /// <summary>Receives the residuals e = y − x̂ [batch, DOut].</summary>
    public required RealMatrix Residuals { get; init; }

    /// <summary>Receives ‖e‖² of each row, [batch].</summary>
    public required RealBuffer RowSquaredErrors { get; init; }

    /// <summary>Receives the mean of ‖e‖² over the batch; 0 for a batch of no rows.</summary>
    public required ScalarSlot MeanSquaredError { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.DecodeResidual);
        int rows = this.Targets.Rows;
        Shape.RequireMatrix(Operation, nameof(this.Targets), this.Targets, rows, this.WDec.Columns);
        Shape.RequireMatrix(Operation, nameof(this.Residuals), this.Residuals, rows, this.WDec.Columns);
        Shape.RequireLength(Operation, nameof(this.BDec), this.BDec, this.WDec.Columns);
        Shape.RequireLength(Operation, nameof(this.RowSquaredErrors), this.RowSquaredErrors, rows);
        Shape.RequireLength(Operation, nameof(this.Codes), this.Codes.RowOffsets, rows + 1L);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Decodes as <see cref="SparseDecode"/> does and keeps only what the loss needs: residuals and their squares.
    /// </summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void DecodeResidual(in DecodeResidualArguments arguments);
}
