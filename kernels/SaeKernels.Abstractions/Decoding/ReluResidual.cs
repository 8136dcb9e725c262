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

    /// <summary>
    /// Where positive, the width ε of the band in which entries are listed too, as by
    /// <see cref="IComputeBackend.EncodeThreshold"/>. Needs <see cref="Threshold"/> and <see cref="Codes"/>.
    /// </summary>
    public double Bandwidth { get; init; }

    /// <summary>
    /// Where not null, activations are the magnitudes f of gates whose pre-activations are p, and <see cref="Codes"/>
    /// are read: <see cref="IComputeBackend.GateMagnitudes"/> wrote them. Not with <see cref="Threshold"/>.
    /// </summary>
    public GatedMagnitudes? Gate { get; init; }

    /// <summary>
    /// Receives what <see cref="IComputeBackend.EncodeThreshold"/> lists, if there is room for it; room for batch rows.
    /// Null where nobody wants a list.
    /// </summary>
    public SparseCodes? Codes { get; init; }

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

        Shape.Require(
            this.Gate is null || (this.Codes is not null && this.Threshold is null),
            Operation,
            $"Codes must be given and Threshold be null where Gate is set, but Codes are "
            + $"{(this.Codes is null ? "missing" : "given")} and Threshold is "
            + $"{(this.Threshold is null ? "null" : "given")}.",
            "Pass the magnitudes alone.");
        this.Gate?.Validate(Operation, this.WEnc.Rows);
        Shape.Require(
            this.Codes is not null || this.Bandwidth == 0,
            Operation,
            $"Codes must be given where Bandwidth is {this.Bandwidth}, but are missing.",
            "Pass codes.");
        if (this.Codes is not null)
        {
            Listing(this.Codes).Validate();
        }
    }

    /// <summary>The encoder that lists the entries.</summary>
    /// <param name="codes">The codes of these arguments.</param>
    public EncodeThresholdArguments Listing(SparseCodes codes) => new()
    {
        Input = this.Input,
        WEnc = this.WEnc,
        BEnc = this.BEnc,
        Threshold = this.Threshold,
        Bandwidth = this.Bandwidth,
        Codes = codes,
    };

    /// <summary>The decoder of listed entries.</summary>
    /// <param name="codes">The codes of these arguments.</param>
    public DecodeResidualArguments Decoding(SparseCodes codes) => new()
    {
        Codes = codes,
        WDec = this.WDec,
        BDec = this.BDec,
        Targets = this.Targets,
        Residuals = this.Residuals,
        RowSquaredErrors = this.RowSquaredErrors,
        MeanSquaredError = this.MeanSquaredError,
    };
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Encodes with ReLU or JumpReLU, decodes x̂ = b_dec + Σ v · W_dec[i, ·] and keeps residuals and their squares:
    /// from a list of the entries where it has room for them, else without codes, in blocks of latents.
    /// </summary>
    /// <remarks>
    /// <para>p is the canonical pre-activation of <see cref="EncodeTopK"/>; latents with p &gt; max(θ, 0) are active
    /// with the value p, and so are those whose p is NaN. A threshold of NaN keeps nothing but NaN.</para>
    /// <para>Where the entries that <see cref="EncodeThreshold"/> would list are at most the codes' capacity, the codes
    /// receive them, and results are those of <see cref="EncodeThreshold"/> and <see cref="DecodeResidual"/>. Where
    /// they are more, or there are no codes, dense products go from block to block of latents; codes then have empty
    /// rows and a <see cref="SparseCodes.NeededEntries"/> above their capacity, whose exact number is not promised.
    /// Which it is depends on the inputs alone, and the host need not know. Nothing the size of batch × DSae is
    /// allocated.</para>
    /// <para>With <see cref="ReluResidualArguments.Gate"/> codes are decoded where they had room for their entries;
    /// where not, the blocks have the magnitudes of p, and codes stay as they are.</para>
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void ReluResidual(in ReluResidualArguments arguments);
}
