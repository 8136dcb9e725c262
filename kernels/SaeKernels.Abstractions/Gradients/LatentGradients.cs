namespace SaeKernels.Abstractions;

/// <summary>
/// What the gradient of every latent is computed from; shared by operations that store it and that apply it.
/// </summary>
/// <remarks>
/// With g = scale · residual of an entry's row (the gradient of the loss by the reconstruction), v the entry's value
/// and x̃ the encoder's input: dz = ⟨g, W_dec[j]⟩, ∂W_dec[j] = Σ v·g, ∂W_enc[j] = Σ dz·x̃, ∂b_enc[j] = Σ dz, over the
/// entries of latent j by ascending row. <see cref="Penalty"/> adds to them; a <see cref="Gate"/> changes them.
/// </remarks>
public readonly record struct LatentGradientInputs
{
    /// <summary>The active entries by latent; null where <see cref="Relu"/> alone says what they are.</summary>
    public LatentMajorList? List { get; init; }

    /// <summary>
    /// Entries that nobody listed, because they are many: they are computed anew, a block of latents at a time. Beside
    /// a <see cref="List"/> only with <see cref="ReluEntries.Codes"/>, which decide: the list where its codes had room.
    /// </summary>
    public ReluEntries? Relu { get; init; }

    /// <summary>What the encoder saw, x̃ [batch, DIn]. Entry row r belongs to input row r mod batch.</summary>
    public required RealMatrix Input { get; init; }

    /// <summary>
    /// Residuals [batch, DOut], or [2 · batch, DOut] with those of the auxiliary loss below, or
    /// [Prefixes.Blocks · batch, DOut].
    /// </summary>
    public required RealMatrix Residuals { get; init; }

    /// <summary>The scale of rows 0 to batch − 1, usually −2 / (batch · variance).</summary>
    public required double ResidualScale { get; init; }

    /// <summary>The scale of rows batch to 2 · batch − 1; null where there are none.</summary>
    public ScalarSlot? AuxResidualScale { get; init; }

    /// <summary>
    /// Where not null, an entry in rows 0 to batch − 1 reads its residual from the block of its latent's group, and the
    /// blocks of groups have <see cref="ResidualScale"/>. Only with a <see cref="List"/>.
    /// </summary>
    public LatentPrefixes? Prefixes { get; init; }

    /// <summary>
    /// Whether the part of ∂W_dec[j] along W_dec[j] is removed: ∂ − ⟨∂, W⟩·W, for rows of unit length.
    /// </summary>
    public required bool ProjectDecoderGradient { get; init; }

    /// <summary>
    /// Whether encoder and decoder are one matrix W: then the gradient of its row, in the place of both, is
    /// ∂W_enc[j] + ∂W_dec[j], projected where that is asked. Default no.
    /// </summary>
    public bool IsTied { get; init; }

    /// <summary>A sparsity penalty on the entries of rows 0 to batch − 1; null for none.</summary>
    public SparsityPenalty? Penalty { get; init; }

    /// <summary>
    /// Thresholds of a JumpReLU encoder; null where there are none. A list then holds entries of value 0 too, those
    /// that are near their threshold but not active. Not with auxiliary rows.
    /// </summary>
    public JumpThreshold? Threshold { get; init; }

    /// <summary>
    /// A price of pre-activations that are not active; null for none. Not with auxiliary rows, nor with prefixes.
    /// </summary>
    public InactivePenalty? Inactive { get; init; }

    /// <summary>
    /// What a gated encoder adds; null for none. Then entries are pre-activations of gates, residuals are [2 · batch,
    /// DOut], and <see cref="Penalty"/> is on the entries with n = 1. Not with auxiliary rows, prefixes, thresholds or
    /// <see cref="Inactive"/>.
    /// </summary>
    public GateGradients? Gate { get; init; }

    /// <summary>The number of latents, DSae.</summary>
    public int Latents => this.List?.Latents ?? this.Relu?.Latents ?? 0;

    /// <summary>The same inputs with one source of entries, for backends that decide before they begin.</summary>
    /// <param name="isListed">Whether it is <see cref="List"/>; else <see cref="Relu"/>.</param>
    public LatentGradientInputs From(bool isListed) => isListed
        ? this with { Relu = null }
        : this with { List = null, Relu = this.Relu!.Value with { Codes = null } };

    internal void Validate(string operation, RealMatrix wEnc, RealMatrix wDec)
    {
        bool isDecided = this.Relu?.Codes is not null;
        Shape.Require(
            isDecided ? this.List is not null : this.List is null != this.Relu is null,
            operation,
            $"the entries must come from List or from Relu, but come from "
            + $"{(this.List is not null ? "both" : isDecided ? "Relu with Codes alone" : "neither")}.",
            "Set one of them, or both where Relu has the codes of the list.");
        Shape.Require(
            this.Relu is null || this.AuxResidualScale is null,
            operation,
            $"AuxResidualScale must be null where Relu is set, but is {this.AuxResidualScale}.",
            "List the entries of auxiliary rows.");
        this.Relu?.Validate(operation);
        Shape.Require(
            this.Threshold is null || this.AuxResidualScale is null,
            operation,
            $"AuxResidualScale must be null where Threshold is set, but is {this.AuxResidualScale}.",
            "Leave auxiliary rows out.");
        this.Threshold?.Validate(operation, this.Latents);
        this.Penalty?.Validate(operation, this.Latents, this.ProjectDecoderGradient);
        Shape.Require(
            this.Penalty?.PerPrefix != true || this.Prefixes is not null,
            operation,
            $"Penalty.PerPrefix must be false where there are no Prefixes, but is {true}.",
            "Set Prefixes, or leave PerPrefix out.");
        ValidateInactive(operation);
        ValidateGate(operation);
        int batch = this.Input.Rows;
        int blocks = this.AuxResidualScale is null && this.Gate is null ? 1 : 2;
        if (this.Prefixes is LatentPrefixes prefixes)
        {
            Shape.Require(
                this.List is not null && this.Relu is null && prefixes.FirstBlock >= blocks,
                operation,
                $"Prefixes must come with List and a FirstBlock of at least {blocks}, but have {prefixes.FirstBlock}.",
                "Leave block 1 to the auxiliary rows where there are any.");
            blocks = prefixes.Blocks;
        }

        int rows = checked(blocks * batch);
        Shape.RequireMatrix(operation, nameof(this.Residuals), this.Residuals, rows, wDec.Columns);
        Shape.RequireMatrix(operation, "WEnc", wEnc, this.Latents, this.Input.Columns);
        Shape.RequireMatrix(operation, "WDec", wDec, this.Latents, wDec.Columns);
        Shape.Require(
            !this.IsTied || wEnc == wDec,
            operation,
            $"WEnc and WDec must be the same matrix where IsTied is {true}, but are two.",
            "Pass one matrix as both.");
    }

    private void ValidateGate(string operation)
    {
        Shape.Require(
            this.Gate is null
                || (this.AuxResidualScale is null
                    && this.Prefixes is null
                    && this.Threshold is null
                    && this.Inactive is null
                    && this.Penalty?.ByDecoderNorm != true),
            operation,
            $"AuxResidualScale, Prefixes, Threshold and Inactive must be null where Gate is set, and "
            + $"Penalty.ByDecoderNorm false, but are {this.AuxResidualScale}, {this.Prefixes}, {this.Threshold}, "
            + $"{this.Inactive} and {this.Penalty?.ByDecoderNorm}.",
            "Leave them out.");
        this.Gate?.Validate(operation, this.Latents);
    }

    private void ValidateInactive(string operation)
    {
        if (this.Inactive is not InactivePenalty inactive)
        {
            return;
        }

        Shape.Require(
            this.AuxResidualScale is null && this.Prefixes is null,
            operation,
            $"AuxResidualScale and Prefixes must be null where Inactive is set, but are {this.AuxResidualScale} and "
            + $"{this.Prefixes}.",
            "Leave Inactive out.");
        Shape.Require(
            (this.Penalty?.ByDecoderNorm ?? inactive.ByDecoderNorm) == inactive.ByDecoderNorm,
            operation,
            $"Inactive.ByDecoderNorm must be that of Penalty, but is {inactive.ByDecoderNorm}.",
            "Weight both by the same n.");
        Shape.Require(
            this.Penalty?.SiteEnds is null,
            operation,
            $"Penalty.SiteEnds must be null where Inactive is set, but have {this.Penalty?.Sites} parts.",
            "Weight both by the length of the whole decoder row.");
        inactive.Validate(operation, this.Latents, this.ProjectDecoderGradient);
    }
}

/// <summary>Arguments of <see cref="IComputeBackend.LatentGradients"/>.</summary>
public readonly record struct LatentGradientsArguments
{
    /// <summary>What the gradients are computed from.</summary>
    public required LatentGradientInputs Inputs { get; init; }

    /// <summary>The encoder W_enc [DSae, DIn].</summary>
    public required RealMatrix WEnc { get; init; }

    /// <summary>The decoder W_dec [DSae, DOut].</summary>
    public required RealMatrix WDec { get; init; }

    /// <summary>Receives ∂W_enc [DSae, DIn]; null where only norms and biases are wanted.</summary>
    public RealMatrix? GradWEnc { get; init; }

    /// <summary>Receives ∂W_dec [DSae, DOut], after projection; null where only norms and biases are wanted.</summary>
    public RealMatrix? GradWDec { get; init; }

    /// <summary>Receives ∂b_enc [DSae].</summary>
    public required RealBuffer GradBEnc { get; init; }

    /// <summary>
    /// Receives ‖∂W_enc[j]‖² + ‖∂W_dec[j]‖² + ∂b_enc[j]² (+ ∂θ[j]², or ∂b_mag[j]² + ∂r[j]²) of each latent, [DSae]; of
    /// a tied matrix the sum of both gradients counts, once.
    /// </summary>
    public required RealBuffer RowSquaredNorms { get; init; }

    /// <summary>
    /// Receives Σⱼ ∂b_enc[j] · W_enc[j], [DIn]: what b_dec's gradient loses where the encoder sees x − b_dec.
    /// </summary>
    public required RealBuffer EncoderPath { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.LatentGradients);
        this.Inputs.Validate(Operation, this.WEnc, this.WDec);
        Shape.RequireLength(Operation, nameof(this.GradBEnc), this.GradBEnc, this.WEnc.Rows);
        Shape.RequireLength(Operation, nameof(this.RowSquaredNorms), this.RowSquaredNorms, this.WEnc.Rows);
        Shape.RequireLength(Operation, nameof(this.EncoderPath), this.EncoderPath, this.WEnc.Columns);
        if (this.GradWEnc is RealMatrix gradWEnc)
        {
            Shape.RequireMatrix(Operation, nameof(this.GradWEnc), gradWEnc, this.WEnc.Rows, this.WEnc.Columns);
        }

        if (this.GradWDec is RealMatrix gradWDec)
        {
            Shape.RequireMatrix(Operation, nameof(this.GradWDec), gradWDec, this.WDec.Rows, this.WDec.Columns);
        }
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Computes the gradient of every latent's encoder row, decoder row and bias, one visit a latent, and stores it
    /// where asked. Latents without entries get zeros.
    /// </summary>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void LatentGradients(in LatentGradientsArguments arguments);
}
