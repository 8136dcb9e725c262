namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.EncodeBatchTopK"/>.</summary>
public readonly record struct EncodeBatchTopKArguments
{
    /// <summary>What the encoder sees, x [batch, DIn].</summary>
    public required RealMatrix Input { get; init; }

    /// <summary>The encoder W_enc [DSae, DIn].</summary>
    public required RealMatrix WEnc { get; init; }

    /// <summary>The encoder's bias b_enc [DSae].</summary>
    public required RealBuffer BEnc { get; init; }

    /// <summary>The mean number of latents kept in a row, 1 to DSae: batch · K are kept in all.</summary>
    public required int K { get; init; }

    /// <summary>Receives the codes; room for batch rows and batch · K entries.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>
    /// Receives the smallest value that was kept; 0 where none was. Training averages it into the threshold of
    /// inference.
    /// </summary>
    public required ScalarSlot Cut { get; init; }

    /// <summary>Where not null, a second selection among flagged latents, row by row.</summary>
    public AuxSelection? Aux { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.EncodeBatchTopK);
        EncoderShapes.Require(Operation, this.Input, this.WEnc, this.BEnc, this.Aux);
        EncoderShapes.RequireK(Operation, nameof(this.K), this.K, "Change K.", this.WEnc.Rows);
        EncoderShapes.RequireRoom(
            Operation, nameof(this.Codes), this.Codes, this.Input.Rows, (long)this.Input.Rows * this.K);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Computes pre-activations p = b_enc + W_enc·x and keeps the batch · K largest positive ones of the whole batch,
    /// so that a row has as many as it needs. In the same pass a second selection may be made among flagged latents.
    /// </summary>
    /// <remarks>
    /// <para>p is the canonical pre-activation of <see cref="EncodeTopK"/>. Where fewer than batch · K are positive,
    /// all positive ones are kept. Ties go to the lowest row, then to the lowest latent; NaN ranks above every number
    /// and is kept as NaN (the cut then ignores it, unless every kept value is NaN). Rows are stored by ascending
    /// latent index.</para>
    /// <para>Source: Bussmann et al. 2024, BatchTopK sparse autoencoders, §3.</para>
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or K is outside its range.</exception>
    void EncodeBatchTopK(in EncodeBatchTopKArguments arguments);
}
