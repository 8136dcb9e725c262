namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.EncodeTopK"/>.</summary>
public readonly record struct EncodeTopKArguments
{
    /// <summary>What the encoder sees, x [batch, DIn].</summary>
    public required RealMatrix Input { get; init; }

    /// <summary>The encoder W_enc [DSae, DIn].</summary>
    public required RealMatrix WEnc { get; init; }

    /// <summary>The encoder's bias b_enc [DSae].</summary>
    public required RealBuffer BEnc { get; init; }

    /// <summary>Latents kept in each row, 1 to DSae.</summary>
    public required int K { get; init; }

    /// <summary>Receives the codes; room for batch rows and batch · K entries.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>
    /// Where not null, [DSae] flags: the latents (≠ 0) from which <see cref="AuxCodes"/> are selected.
    /// </summary>
    public IntBuffer? AuxMask { get; init; }

    /// <summary>
    /// Latents kept in each row of <see cref="AuxCodes"/>, 1 to DSae, where <see cref="AuxMask"/> is given.
    /// </summary>
    public int AuxK { get; init; }

    /// <summary>
    /// Receives the auxiliary codes where <see cref="AuxMask"/> is given; room for batch rows and batch · AuxK entries.
    /// Every row has min(AuxK, number of flagged latents) entries.
    /// </summary>
    public SparseCodes? AuxCodes { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.EncodeTopK);
        int latents = this.WEnc.Rows;
        Shape.RequireMatrix(Operation, nameof(this.WEnc), this.WEnc, latents, this.Input.Columns);
        Shape.RequireLength(Operation, nameof(this.BEnc), this.BEnc, latents);
        RequireCodes(nameof(this.K), this.K, "Change K.", nameof(this.Codes), this.Codes, latents);
        if (this.AuxMask is not null)
        {
            Shape.RequireLength(Operation, nameof(this.AuxMask), this.AuxMask, latents);
            RequireCodes(nameof(this.AuxK), this.AuxK, "Change AuxK.", nameof(this.AuxCodes), this.AuxCodes, latents);
        }
    }

    private void RequireCodes(string kName, int k, string kRemedy, string codesName, SparseCodes? codes, int latents)
    {
        const string Operation = nameof(IComputeBackend.EncodeTopK);
        Shape.Require(
            k >= 1 && k <= latents,
            Operation,
            $"{kName} must be between 1 and DSae = {latents}, but is {k}.",
            kRemedy);
        int rows = this.Input.Rows;
        Shape.Require(
            codes is not null && codes.MaxRows >= rows && codes.Capacity >= (long)rows * k,
            Operation,
            $"{codesName} must have room for {rows} rows and {(long)rows * k} entries, "
            + $"but has {codes?.MaxRows ?? 0} and {codes?.Capacity ?? 0}.",
            "Allocate larger codes.");
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Computes pre-activations p = b_enc + W_enc·x, keeps the K largest of each row, and clips negative ones to 0.
    /// In the same pass a second selection may be made among flagged latents.
    /// </summary>
    /// <remarks>
    /// <para>The canonical pre-activation is one chain of fused multiply-adds: it starts from b_enc and goes through d
    /// ascending. Every path of a backend gives exactly this float32 number.</para>
    /// <para>Selection is on p before clipping. Ties go to the lowest latent index; −0 equals +0. NaN ranks above
    /// every number and keeps its place as a NaN value, so that a diverged model shows. Rows are stored by ascending
    /// latent index. Nothing the size of batch × DSae is allocated.</para>
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or K is outside its range.</exception>
    void EncodeTopK(in EncodeTopKArguments arguments);
}
