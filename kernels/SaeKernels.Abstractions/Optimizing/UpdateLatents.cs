namespace SaeKernels.Abstractions;

/// <summary>Arguments of <see cref="IComputeBackend.UpdateLatents"/>.</summary>
public readonly record struct UpdateLatentsArguments
{
    /// <summary>What the gradients are computed from.</summary>
    public required LatentGradientInputs Inputs { get; init; }

    /// <summary>The encoder W_enc [DSae, DIn]; updated.</summary>
    public required AdamParameters WEnc { get; init; }

    /// <summary>The encoder's bias b_enc [DSae]; updated.</summary>
    public required AdamParameters BEnc { get; init; }

    /// <summary>The decoder W_dec [DSae, DOut]; updated.</summary>
    public required AdamParameters WDec { get; init; }

    /// <summary>The step's scalars.</summary>
    public required OptimizerStep Step { get; init; }

    /// <summary>Where not null, a factor on every gradient (clipping).</summary>
    public ScalarSlot? GradientFactor { get; init; }

    /// <summary>Whether each decoder row is scaled to unit length after its step; a row of zeros stays.</summary>
    public required bool NormalizeDecoder { get; init; }

    /// <summary>
    /// Receives ‖∂W_enc[j]‖² + ‖∂W_dec[j]‖² + ∂b_enc[j]² of each latent before clipping, [DSae]; with a gate, with
    /// thresholds or of a tied matrix as <see cref="LatentGradientsArguments.RowSquaredNorms"/>.
    /// </summary>
    public required RealBuffer RowSquaredNorms { get; init; }

    /// <summary>Receives Σⱼ ∂b_enc[j] · W_enc[j] with W_enc from before the step and without clipping, [DIn].</summary>
    public required RealBuffer EncoderPath { get; init; }

    /// <summary>Moving averages that the visit takes of what it has changed; null for none.</summary>
    public RowAverages? Averages { get; init; }

    /// <summary>Throws <see cref="ArgumentException"/> where shapes do not fit.</summary>
    public void Validate()
    {
        const string Operation = nameof(IComputeBackend.UpdateLatents);
        this.Step.Validate(Operation);
        int latents = this.Inputs.Latents;
        int dIn = this.Inputs.Input.Columns;
        int dOut = this.Inputs.Residuals.Columns;
        this.Step.RequireMoments(Operation, nameof(this.WEnc), this.WEnc, (long)latents * dIn);
        this.Step.RequireMoments(Operation, nameof(this.BEnc), this.BEnc, latents);
        this.Step.RequireMoments(Operation, nameof(this.WDec), this.WDec, (long)latents * dOut);
        this.Inputs.Validate(
            Operation,
            new RealMatrix(this.WEnc.Values, latents, dIn),
            new RealMatrix(this.WDec.Values, latents, dOut));
        Shape.RequireLength(Operation, nameof(this.RowSquaredNorms), this.RowSquaredNorms, latents);
        Shape.RequireLength(Operation, nameof(this.EncoderPath), this.EncoderPath, dIn);
        this.Averages?.Validate(Operation, this);
    }
}

public partial interface IComputeBackend
{
    /// <summary>
    /// Computes every latent's gradients as <see cref="LatentGradients"/> does and applies them at once: projection,
    /// clipping, the optimiser's step, unit length of the decoder row, and moving averages where they are asked for, in
    /// one visit a latent. No gradient matrix is stored.
    /// </summary>
    /// <remarks>
    /// Latents without entries take a step with gradient 0, as dense optimisers do. Weight decay leaves b_enc alone.
    /// A tied matrix (<see cref="LatentGradientInputs.IsTied"/>) takes one step, with what is kept of W_dec, and is
    /// scaled and averaged once.
    /// </remarks>
    /// <param name="arguments">Inputs and outputs.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or a scalar is outside its range.</exception>
    void UpdateLatents(in UpdateLatentsArguments arguments);
}
