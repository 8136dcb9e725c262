namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.UpdateFired"/>.</summary>
public readonly record struct UpdateFiredArguments
{
    /// <summary>The number of rows of the batch.</summary>
    public required int Rows { get; init; }

    /// <summary>The number of latents, DSae.</summary>
    public required int Latents { get; init; }

    /// <summary>The codes of the batch; null where <see cref="ActiveRows"/> says what they hold.</summary>
    public SparseCodes? Codes { get; init; }

    /// <summary>
    /// The number of rows in which each latent is active, [DSae]; null where there are <see cref="Codes"/>.
    /// </summary>
    public IntBuffer? ActiveRows { get; init; }

    /// <summary>The vectors that went by since each latent was last active, [DSae]; updated.</summary>
    public required LongBuffer TokensSinceFired { get; init; }

    /// <summary>A latent is dead once this many vectors went by without it; at least 1.</summary>
    public required long DeadAfterTokens { get; init; }

    /// <summary>Receives 1 for a dead latent and 0 for a live one, [DSae].</summary>
    public required IntBuffer DeadMask { get; init; }

    /// <summary>Receives the number of dead latents.</summary>
    public required ScalarSlot DeadLatents { get; init; }

    /// <summary>Receives the mean number of active latents a row (value not 0); 0 for a batch of no rows.</summary>
    public required ScalarSlot L0 { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.UpdateFired);
        Shape.Require(
            this.Codes is null != this.ActiveRows is null,
            Operation,
            $"either Codes or ActiveRows must be given, but {(this.Codes is null ? "neither" : "both")} are.",
            "Set one of them.");
        if (this.Codes is not null)
        {
            Shape.RequireLength(Operation, nameof(this.Codes), this.Codes.RowOffsets, this.Rows + 1L);
        }

        if (this.ActiveRows is not null)
        {
            Shape.RequireLength(Operation, nameof(this.ActiveRows), this.ActiveRows, this.Latents);
        }

        Shape.RequireLength(Operation, nameof(this.TokensSinceFired), this.TokensSinceFired, this.Latents);
        Shape.RequireLength(Operation, nameof(this.DeadMask), this.DeadMask, this.Latents);
        Shape.Require(
            this.DeadAfterTokens >= 1,
            Operation,
            $"DeadAfterTokens must be at least 1, but is {this.DeadAfterTokens}.",
            "Change DeadAfterTokens.");
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Notes which latents fired: those of active entries (value not 0) start again at 0, all others grow by the rows
    /// of the batch, and those at DeadAfterTokens or more are dead.
    /// </summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or DeadAfterTokens is below 1.</exception>
    void UpdateFired(in UpdateFiredArguments arguments);
}
