using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>A latent's gradient rows in a thread's scratch, and what follows once its entries are summed.</summary>
internal readonly unsafe struct GradientRows
{
    private readonly float* scratch;
    private readonly float* wDec;
    private readonly int dIn;
    private readonly int dOut;
    private readonly bool isProjected;
    private readonly bool isTied;

    /// <summary>Makes room for a row of each matrix in every thread.</summary>
    public GradientRows(CpuContext context, in LatentGradientInputs inputs, float* encoder, float* decoder)
    {
        this.dIn = inputs.Input.Columns;
        this.dOut = inputs.Residuals.Columns;
        this.wDec = decoder;
        this.isProjected = inputs.ProjectDecoderGradient;
        this.isTied = inputs.IsTied;
        this.scratch = context.Scratch.Take<float>((long)context.Team.Threads * (this.dIn + this.dOut));
        this.Jump = inputs.Threshold is JumpThreshold threshold ? new JumpRows(threshold) : default;
        this.Inactive = inputs.Inactive is InactivePenalty inactive
            ? new InactiveRows(context, inputs, inactive, encoder)
            : default;
        this.Penalty = inputs.Penalty is SparsityPenalty penalty ? new PenaltyRows(penalty) : default;
    }

    /// <summary>The thresholds of latents, where there are such.</summary>
    public JumpRows Jump { get; }

    /// <summary>What pre-activations cost that are not active, where they do.</summary>
    public InactiveRows Inactive { get; }

    /// <summary>What activations cost, where they do.</summary>
    public PenaltyRows Penalty { get; }

    /// <summary>Where a thread's ∂W_enc row is, [DIn].</summary>
    public float* WEnc(int worker) => this.scratch + ((long)worker * (this.dIn + this.dOut));

    /// <summary>Where a thread's ∂W_dec row is, [DOut].</summary>
    public float* WDec(int worker) => WEnc(worker) + this.dIn;

    /// <summary>A latent's row of the decoder.</summary>
    public float* Direction(int latent) => this.wDec + ((long)latent * this.dOut);

    /// <summary>n of a latent: what a unit of its activation costs, before the scale.</summary>
    public float Weight(int latent)
    {
        if (this.Penalty.HasSites)
        {
            return this.Penalty.WeightOf(Direction(latent));
        }

        return this.Penalty.IsByNorm || this.Inactive.IsByNorm
            ? (float)Math.Sqrt(Cpu.Rows.SumOfSquares(Direction(latent), this.dOut))
            : 1;
    }

    /// <summary>Ends a latent without entries: its rows are zeros. Returns their squared norm.</summary>
    public float FinishIdle(int latent)
    {
        _ = this.Penalty.Finish(latent, 0, default);
        _ = this.Jump.Finish(latent, 0, 0, 0);
        return 0;
    }

    /// <summary>Adds what penalties add, projects the decoder row, and returns all gradients' squared norm.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="worker">The thread whose rows hold its sums.</param>
    /// <param name="weight">n of the latent.</param>
    /// <param name="sums">What its entries add up to.</param>
    /// <param name="gradBEnc">∂b_enc.</param>
    public float Finish(int latent, int worker, float weight, in LatentSums sums, ref float gradBEnc)
    {
        float* gradWDec = WDec(worker);
        float* direction = Direction(latent);
        (float gradThreshold, float pull) = this.Inactive.Finish(
            latent, weight, this.Jump.CutOf(latent), sums.Active, WEnc(worker), ref gradBEnc);
        pull += this.Penalty.Finish(latent, weight, sums.Penalty);
        if (pull != 0)
        {
            Cpu.Rows.AddScaled(gradWDec, pull, direction, this.dOut);
        }

        this.Penalty.PullSites(sums.Penalty, direction, gradWDec);
        if (this.isTied)
        {
            Cpu.Rows.AddScaled(gradWDec, 1, WEnc(worker), this.dOut);
        }

        if (this.isProjected)
        {
            float along = Cpu.Rows.Dot(gradWDec, direction, this.dOut);
            Cpu.Rows.AddScaled(gradWDec, -along, direction, this.dOut);
        }

        double squares = this.isTied
            ? Cpu.Rows.SumOfSquares(gradWDec, this.dOut)
            : Cpu.Rows.SumOfSquares(WEnc(worker), this.dIn + this.dOut);
        squares += this.Jump.Finish(latent, sums.NearGradients, sums.NearCount, gradThreshold);
        return (float)(squares + ((double)gradBEnc * gradBEnc));
    }
}

/// <summary>What the entries of a latent add up to beside its gradient rows.</summary>
internal struct LatentSums
{
    /// <summary>What they cost.</summary>
    public PenaltySums Penalty;

    /// <summary>Those that are active; only where others cost something.</summary>
    public ActiveSums Active;

    /// <summary>The gradients by the values of those near the threshold.</summary>
    public float NearGradients;

    /// <summary>The number of those.</summary>
    public float NearCount;
}
