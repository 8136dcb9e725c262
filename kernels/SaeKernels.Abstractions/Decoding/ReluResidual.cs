namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.ReluResidual"/>.</summary>
public readonly record struct ReluResidualArguments
{
    /// <summary>What the encoder sees, x̃ [batch, DIn].</summary>
    public required RealMatrix Input { get; init; }

    /// <summary>The encoder W_enc [DSae, DIn].</summary>
    public required RealMatrix WEnc { get; init; }

    /// <summary>The encoder's bias b_enc [DSae].</summary>
    public required RealBuffer BEnc { get; init; }

    /// <summary>What pre-activations must exceed, θ [DSae]; below 0 counts as 0. Null for 0 everywhere.</summary>
    public RealBuffer? Threshold { get; init; }

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

    /// <summary>Receives the number of rows in which each latent is active, [DSae].</summary>
    public required IntBuffer ActiveRows { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.ReluResidual);
        int rows = this.Input.Rows;
        EncoderShapes.Require(Operation, this.Input, this.WEnc, this.BEnc, aux: null);
        Shape.RequireMatrix(Operation, nameof(this.WDec), this.WDec, this.WEnc.Rows, this.WDec.Columns);
        Shape.RequireMatrix(Operation, nameof(this.Targets), this.Targets, rows, this.WDec.Columns);
        Shape.RequireMatrix(Operation, nameof(this.Residuals), this.Residuals, rows, this.WDec.Columns);
        Shape.RequireLength(Operation, nameof(this.BDec), this.BDec, this.WDec.Columns);
        Shape.RequireLength(Operation, nameof(this.RowSquaredErrors), this.RowSquaredErrors, rows);
        Shape.RequireLength(Operation, nameof(this.ActiveRows), this.ActiveRows, this.WEnc.Rows);
        if (this.Threshold is not null)
        {
            Shape.RequireLength(Operation, nameof(this.Threshold), this.Threshold, this.WEnc.Rows);
        }
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Encodes with ReLU or JumpReLU, decodes x̂ = b_dec + Σ v · W_dec[i, ·] and keeps residuals and their squares, but
    /// no codes: for models in which so many latents are active that dense products are faster than lists.
    /// </summary>
    /// <remarks>
    /// p is the canonical pre-activation of <see cref="EncodeTopK"/>; latents with p &gt; max(θ, 0) are active with the
    /// value p, and so are those whose p is NaN. A threshold of NaN keeps nothing but NaN. Work goes in blocks of
    /// latents: nothing the size of batch × DSae is allocated.
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void ReluResidual(in ReluResidualArguments arguments);
}
