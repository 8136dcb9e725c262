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

    /// <summary>Where not null, a second selection among flagged latents.</summary>
    public AuxSelection? Aux { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.EncodeTopK);
        EncoderShapes.Require(Operation, this.Input, this.WEnc, this.BEnc, this.Aux);
        EncoderShapes.RequireK(Operation, nameof(this.K), this.K, "Change K.", this.WEnc.Rows);
        EncoderShapes.RequireRoom(
            Operation, nameof(this.Codes), this.Codes, this.Input.Rows, (long)this.Input.Rows * this.K);
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
