using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>A latent's gradient rows in a thread's scratch, and what follows once its entries are summed.</summary>
internal readonly unsafe struct GradientRows
{
    private readonly float* scratch;
    private readonly float* wDec;
    private readonly float* penaltySums;
    private readonly float penaltyScale;
    private readonly int dIn;
    private readonly int dOut;
    private readonly bool isByNorm;
    private readonly bool isProjected;

    /// <summary>Makes room for a row of each matrix in every thread.</summary>
    public GradientRows(CpuContext context, in LatentGradientInputs inputs, float* decoder)
    {
        this.dIn = inputs.Input.Columns;
        this.dOut = inputs.Residuals.Columns;
        this.wDec = decoder;
        this.isProjected = inputs.ProjectDecoderGradient;
        this.scratch = context.Scratch.Take<float>((long)context.Team.Threads * (this.dIn + this.dOut));
        this.Jump = inputs.Threshold is JumpThreshold threshold ? new JumpRows(threshold) : default;
        if (inputs.Penalty is SparsityPenalty penalty)
        {
            float factor = penalty.Factor is ScalarSlot slot ? *HostPointers.Of(slot) : 1;
            this.penaltyScale = (float)(penalty.Scale * factor);
            this.isByNorm = penalty.ByDecoderNorm;
            this.penaltySums = HostPointers.Of(penalty.Sums);
        }
    }

    /// <summary>The thresholds of latents, where there are such.</summary>
    public JumpRows Jump { get; }

    /// <summary>Whether latents pay for being active.</summary>
    public bool HasPenalty => this.penaltySums is not null;

    /// <summary>Where a thread's ∂W_enc row is, [DIn].</summary>
    public float* WEnc(int worker) => this.scratch + ((long)worker * (this.dIn + this.dOut));

    /// <summary>Where a thread's ∂W_dec row is, [DOut].</summary>
    public float* WDec(int worker) => WEnc(worker) + this.dIn;

    /// <summary>A latent's row of the decoder.</summary>
    public float* Direction(int latent) => this.wDec + ((long)latent * this.dOut);

    /// <summary>n of a latent: what a unit of its activation costs, before the scale.</summary>
    public float Weight(int latent) =>
        this.isByNorm ? (float)Math.Sqrt(Cpu.Rows.SumOfSquares(Direction(latent), this.dOut)) : 1;

    /// <summary>What the penalty adds to the gradient of every entry of a latent.</summary>
    public float PenaltyOfEntry(float weight) => this.penaltyScale * weight;

    /// <summary>Ends a latent without entries: its rows are zeros. Returns their squared norm.</summary>
    public float FinishIdle(int latent)
    {
        if (this.HasPenalty)
        {
            this.penaltySums[latent] = 0;
        }

        _ = this.Jump.Finish(latent, 0, 0);
        return 0;
    }

    /// <summary>Adds the penalty on the decoder row, projects it, and returns all gradients' squared norm.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="worker">The thread whose rows hold its sums.</param>
    /// <param name="weight">n of the latent.</param>
    /// <param name="sumOfValues">The sum of its activations.</param>
    /// <param name="gradBEnc">∂b_enc.</param>
    public float Finish(int latent, int worker, float weight, float sumOfValues, float gradBEnc)
    {
        float* gradWDec = WDec(worker);
        float* direction = Direction(latent);
        if (this.HasPenalty)
        {
            this.penaltySums[latent] = weight * sumOfValues;
            if (this.isByNorm && weight > 0)
            {
                Cpu.Rows.AddScaled(gradWDec, this.penaltyScale * sumOfValues / weight, direction, this.dOut);
            }
        }

        if (this.isProjected)
        {
            float along = Cpu.Rows.Dot(gradWDec, direction, this.dOut);
            Cpu.Rows.AddScaled(gradWDec, -along, direction, this.dOut);
        }

        double squares = Cpu.Rows.SumOfSquares(WEnc(worker), this.dIn + this.dOut);
        return (float)(squares + ((double)gradBEnc * gradBEnc));
    }
}
