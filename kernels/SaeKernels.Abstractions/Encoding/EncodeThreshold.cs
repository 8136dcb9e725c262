namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.EncodeThreshold"/>.</summary>
public readonly record struct EncodeThresholdArguments
{
    /// <summary>What the encoder sees, x [batch, DIn].</summary>
    public required RealMatrix Input { get; init; }

    /// <summary>The encoder W_enc [DSae, DIn].</summary>
    public required RealMatrix WEnc { get; init; }

    /// <summary>The encoder's bias b_enc [DSae].</summary>
    public required RealBuffer BEnc { get; init; }

    /// <summary>
    /// What each latent's pre-activation must exceed, θ [DSae]; below 0 counts as 0. Null for 0 everywhere, which is
    /// ReLU; one number for all latents gives the inference of BatchTopK, one a latent JumpReLU.
    /// </summary>
    public RealBuffer? Threshold { get; init; }

    /// <summary>
    /// Where positive, the width ε of a band around each threshold: latents above θ − ε/2 are listed too, with the
    /// value 0 where they are not above θ. Needs <see cref="Threshold"/>.
    /// </summary>
    public double Bandwidth { get; init; }

    /// <summary>Receives the codes; room for batch rows. Its capacity bounds the entries of the whole batch.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>Where not null, a second selection among flagged latents.</summary>
    public AuxSelection? Aux { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.EncodeThreshold);
        EncoderShapes.Require(Operation, this.Input, this.WEnc, this.BEnc, this.Aux);
        EncoderShapes.RequireRoom(Operation, nameof(this.Codes), this.Codes, this.Input.Rows, 1);
        if (this.Threshold is not null)
        {
            Shape.RequireLength(Operation, nameof(this.Threshold), this.Threshold, this.WEnc.Rows);
        }

        Shape.Require(
            this.Bandwidth >= 0 && double.IsFinite(this.Bandwidth),
            Operation,
            $"Bandwidth must be a number of at least 0, but is {this.Bandwidth}.",
            "Change Bandwidth.");
        Shape.Require(
            this.Bandwidth == 0 || this.Threshold is not null,
            Operation,
            $"Threshold must be given where Bandwidth is {this.Bandwidth}, but is missing.",
            "Pass the thresholds.");
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Computes pre-activations p = b_enc + W_enc·x and keeps those above their latent's threshold, as they are. In the
    /// same pass a second selection may be made among flagged latents.
    /// </summary>
    /// <remarks>
    /// <para>p is the canonical pre-activation of <see cref="EncodeTopK"/>. An entry is kept where p &gt; max(θ, 0), or
    /// where p is NaN; a threshold of NaN keeps nothing but NaN. With a band,
    /// p &gt; max(θ, 0) − ε/2 is listed as well, the difference being rounded to float32, with the value 0. Rows are
    /// stored by ascending latent index.</para>
    /// <para>Where the batch has more entries than the codes have room for, <see cref="SparseCodes.NeededEntries"/>
    /// says how many, every row is left empty, and the auxiliary codes are complete nevertheless.</para>
    /// <para>Source: ReLU, Bricken et al. 2023; JumpReLU, Rajamanoharan et al. 2024, §2.</para>
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit.</exception>
    void EncodeThreshold(in EncodeThresholdArguments arguments);
}
