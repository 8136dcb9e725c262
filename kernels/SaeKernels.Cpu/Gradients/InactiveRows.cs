using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>What pre-activations that are not active cost; a default value where they cost nothing.</summary>
internal readonly unsafe struct InactiveRows
{
    private readonly float* sums;
    private readonly float* bEnc;
    private readonly float* wEnc;
    private readonly int* mask;
    private readonly float* input;
    private readonly float scale;
    private readonly int batch;
    private readonly int dIn;

    /// <summary>Opens the price, and sums the input over all rows.</summary>
    public InactiveRows(CpuContext context, in LatentGradientInputs inputs, InactivePenalty penalty, float* encoder)
    {
        this.sums = HostPointers.Of(penalty.Sums);
        this.bEnc = HostPointers.Of(penalty.BEnc);
        this.mask = penalty.Mask is null ? null : HostPointers.Of(penalty.Mask);
        this.wEnc = encoder;
        this.scale = (float)penalty.Scale;
        this.IsByNorm = penalty.ByDecoderNorm;
        this.batch = inputs.Input.Rows;
        this.dIn = inputs.Input.Columns;
        this.input = context.Scratch.Take<float>(this.dIn);
        double* totals = ColumnSums.Of(context, HostPointers.Of(inputs.Input), this.batch, this.dIn);
        for (int d = 0; d < this.dIn; d++)
        {
            this.input[d] = (float)totals[d];
        }
    }

    /// <summary>Whether there is a price.</summary>
    public bool Exist => this.sums is not null;

    /// <summary>Whether latents pay by the length of their decoder row.</summary>
    public bool IsByNorm { get; }

    /// <summary>
    /// κ of a latent. All rows lose it in the end: what the gradient of an active entry gains in advance.
    /// </summary>
    public float PushOf(int latent, float weight) =>
        this.Exist && (this.mask is null || this.mask[latent] != 0) ? this.scale * weight : 0;

    /// <summary>Takes κ off all rows, and stores what a latent pays.</summary>
    /// <param name="latent">The latent, before its step.</param>
    /// <param name="weight">n of it.</param>
    /// <param name="cut">What its pre-activations must exceed to be active.</param>
    /// <param name="active">Its active entries.</param>
    /// <param name="gradWEnc">Its ∂W_enc.</param>
    /// <param name="gradBEnc">Its ∂b_enc.</param>
    /// <returns>What ∂θ gains, and the factor on its decoder row that ∂W_dec gains.</returns>
    public (float Threshold, float Pull) Finish(
        int latent, float weight, float cut, ActiveSums active, float* gradWEnc, ref float gradBEnc)
    {
        float push = PushOf(latent, weight);
        if (push == 0)
        {
            if (this.Exist)
            {
                this.sums[latent] = 0;
            }

            return default;
        }

        float rows = this.batch - active.Count;
        float values = (this.batch * this.bEnc[latent])
            + Rows.Dot(this.wEnc + ((long)latent * this.dIn), this.input, this.dIn);
        float distance = (rows * cut) - (values - active.Values);
        this.sums[latent] = weight * distance;
        gradBEnc -= push * this.batch;
        Rows.AddScaled(gradWEnc, -push, this.input, this.dIn);
        return (push * rows, this.IsByNorm ? this.scale * distance / weight : 0);
    }
}

/// <summary>The active entries of a latent.</summary>
internal struct ActiveSums
{
    /// <summary>How many there are.</summary>
    public float Count;

    /// <summary>Σ v.</summary>
    public float Values;
}
