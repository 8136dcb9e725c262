namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.AuxResidual"/>.</summary>
public readonly record struct AuxResidualArguments
{
    /// <summary>The number of rows of the batch.</summary>
    public required int Rows { get; init; }

    /// <summary>The codes of dead latents; every row has the same number of entries.</summary>
    public required SparseCodes AuxCodes { get; init; }

    /// <summary>The decoder W_dec [DSae, DOut].</summary>
    public required RealMatrix WDec { get; init; }

    /// <summary>
    /// [2 · batch, DOut]. Rows 0 to batch − 1 hold the residuals e and are read; rows batch to 2 · batch − 1 receive
    /// what the dead latents leave of them, e − ê with ê = Σ v · W_dec[i, ·].
    /// </summary>
    public required RealMatrix Residuals { get; init; }

    /// <summary>The weight α of the auxiliary loss in the whole loss; at least 0.</summary>
    public required double Coefficient { get; init; }

    /// <summary>Receives Σ‖e − ê‖² / Σ‖e − ē‖², ē being the mean of e over the batch. α is not in it.</summary>
    public required ScalarSlot Loss { get; init; }

    /// <summary>Receives −2α / Σ‖e − ē‖²: the gradient of α · loss by ê is this times e − ê.</summary>
    public required ScalarSlot ResidualScale { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.AuxResidual);
        Shape.RequireMatrix(Operation, nameof(this.Residuals), this.Residuals, 2 * this.Rows, this.WDec.Columns);
        Shape.RequireLength(Operation, nameof(this.AuxCodes), this.AuxCodes.RowOffsets, this.Rows + 1L);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Lets dead latents reconstruct what the live ones left over (AuxK): residual, loss, and the factor of its
    /// gradient. The residual e counts as a constant, and the decoder bias takes no part in ê.
    /// </summary>
    /// <remarks>
    /// Where the codes hold no entries, or Σ‖e − ē‖² is 0, loss and scale are 0 (and the auxiliary residuals e).
    /// Source: Gao et al. 2024, §2.4 and appendix A.2; the differences are in <c>docs/decisions/</c>.
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void AuxResidual(in AuxResidualArguments arguments);
}
