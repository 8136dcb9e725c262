namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.EncodeGroupMax"/>.</summary>
public readonly record struct EncodeGroupMaxArguments
{
    /// <summary>What the encoder sees, x [batch, DIn].</summary>
    public required RealMatrix Input { get; init; }

    /// <summary>The encoder W_enc [DSae, DIn].</summary>
    public required RealMatrix WEnc { get; init; }

    /// <summary>The encoder's bias b_enc [DSae].</summary>
    public required RealBuffer BEnc { get; init; }

    /// <summary>
    /// The number of groups, and so of latents kept in each row; 1 to DSae, and a divisor of it. Group g holds the
    /// DSae / K consecutive latents from g · DSae / K on.
    /// </summary>
    public required int K { get; init; }

    /// <summary>Receives the codes; room for batch rows and batch · K entries.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>Where not null, a second selection among flagged latents.</summary>
    public AuxSelection? Aux { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.EncodeGroupMax);
        EncoderShapes.Require(Operation, this.Input, this.WEnc, this.BEnc, this.Aux);
        EncoderShapes.RequireK(Operation, nameof(this.K), this.K, "Change K.", this.WEnc.Rows);
        Shape.Require(
            this.WEnc.Rows % this.K == 0,
            Operation,
            $"K must divide DSae = {this.WEnc.Rows} into groups of one size, but is {this.K}.",
            "Change K or DSae.");
        EncoderShapes.RequireRoom(
            Operation, nameof(this.Codes), this.Codes, this.Input.Rows, (long)this.Input.Rows * this.K);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Computes pre-activations p = b_enc + W_enc·x, clips negative ones to 0, and keeps the largest of each of K
    /// groups of consecutive latents. In the same pass a second selection may be made among flagged latents.
    /// </summary>
    /// <remarks>
    /// <para>p is the canonical pre-activation of <see cref="EncodeTopK"/>. Selection is on p after clipping: ties go
    /// to the lowest latent index, so a group without a positive p has an entry of value 0 at its first latent. NaN
    /// ranks above every number and keeps its place as a NaN value. Every row has K entries, by ascending latent index.
    /// Nothing the size of batch × DSae is allocated.</para>
    /// <para>Source: sparsify 1.3, activation <c>groupmax</c>.</para>
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or K does not divide DSae.</exception>
    void EncodeGroupMax(in EncodeGroupMaxArguments arguments);
}
