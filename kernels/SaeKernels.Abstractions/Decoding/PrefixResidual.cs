namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.PrefixResidual"/>.</summary>
public readonly record struct PrefixResidualArguments
{
    /// <summary>The codes of the batch.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>The decoder W_dec [DSae, DOut].</summary>
    public required RealMatrix WDec { get; init; }

    /// <summary>The decoder's bias b_dec [DOut].</summary>
    public required RealBuffer BDec { get; init; }

    /// <summary>What is to be reconstructed, y [batch, DOut].</summary>
    public required RealMatrix Targets { get; init; }

    /// <summary>The prefixes that reconstruct on their own.</summary>
    public required LatentPrefixes Prefixes { get; init; }

    /// <summary>
    /// The weight w of each prefix's loss in units of the last one's, [Prefixes.Count]; that of the last one counts as
    /// 1.
    /// </summary>
    public required RealBuffer Weights { get; init; }

    /// <summary>
    /// [Prefixes.Blocks · batch, DOut]. The block of group g receives Σ w · e over the prefixes that hold the group, g
    /// and all longer ones, e being what the prefix leaves: the whole dictionary's residual in block 0. A block that is
    /// taken for other ends stays.
    /// </summary>
    public required RealMatrix Residuals { get; init; }

    /// <summary>Receives ‖e‖² of each row for the whole dictionary, [batch].</summary>
    public required RealBuffer RowSquaredErrors { get; init; }

    /// <summary>Receives the mean of ‖e‖² over the batch for the whole dictionary; 0 for a batch of no rows.</summary>
    public required ScalarSlot MeanSquaredError { get; init; }

    /// <summary>Receives Σ w · ‖e‖² of each row over all prefixes, [batch].</summary>
    public required RealBuffer RowLosses { get; init; }

    /// <summary>Receives the mean of those over the batch; 0 for a batch of no rows.</summary>
    public required ScalarSlot MeanLoss { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.PrefixResidual);
        int rows = this.Targets.Rows;
        int dOut = this.WDec.Columns;
        Shape.RequireLength(
            Operation,
            nameof(this.Prefixes),
            this.Prefixes.Ends,
            (long)this.Prefixes.FirstEnd + Math.Max(1, this.Prefixes.Count));
        Shape.RequireMatrix(Operation, nameof(this.Targets), this.Targets, rows, dOut);
        Shape.RequireMatrix(
            Operation, nameof(this.Residuals), this.Residuals, checked(rows * this.Prefixes.Blocks), dOut);
        Shape.RequireLength(Operation, nameof(this.Weights), this.Weights, this.Prefixes.Count);
        Shape.RequireLength(Operation, nameof(this.BDec), this.BDec, dOut);
        Shape.RequireLength(Operation, nameof(this.RowSquaredErrors), this.RowSquaredErrors, rows);
        Shape.RequireLength(Operation, nameof(this.RowLosses), this.RowLosses, rows);
        Shape.RequireLength(Operation, nameof(this.Codes), this.Codes.RowOffsets, rows + 1L);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Decodes as <see cref="DecodeResidual"/> does and notes what every prefix of the latents leaves, in one pass over
    /// the entries: the gradient of latent j by its value is the sum over the prefixes that hold it, and that sum is
    /// one row of residuals.
    /// </summary>
    /// <remarks>Source: Bussmann et al. 2025, Matryoshka sparse autoencoders, §3.</remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void PrefixResidual(in PrefixResidualArguments arguments);
}
