using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Computes the gradients of one latent after another into a thread's scratch.</summary>
internal unsafe struct LatentVisit
{
    private const int MinimumLatentsPerChunk = 8;
    private const int MostChunks = 256;
    private readonly int* offsets;
    private readonly int* rows;
    private readonly float* values;
    private readonly float* input;
    private readonly float* residuals;
    private readonly float* wDec;
    private readonly float* scratch;
    private readonly float residualScale;
    private readonly float auxResidualScale;
    private readonly int batch;
    private readonly int dIn;
    private readonly int dOut;
    private readonly bool project;

    /// <summary>Opens what gradients are computed from.</summary>
    public LatentVisit(CpuContext context, in LatentGradientInputs inputs, float* decoder)
    {
        this.offsets = HostPointers.Of(inputs.List.Offsets);
        this.rows = HostPointers.Of(inputs.List.Rows);
        this.values = HostPointers.Of(inputs.List.Values);
        this.input = HostPointers.Of(inputs.Input);
        this.residuals = HostPointers.Of(inputs.Residuals);
        this.wDec = decoder;
        this.residualScale = (float)inputs.ResidualScale;
        this.auxResidualScale = inputs.AuxResidualScale is ScalarSlot slot ? *HostPointers.Of(slot) : 0;
        this.batch = inputs.Input.Rows;
        this.dIn = inputs.Input.Columns;
        this.dOut = inputs.Residuals.Columns;
        this.project = inputs.ProjectDecoderGradient;
        this.scratch = context.Scratch.Take<float>((long)context.Team.Threads * (this.dIn + this.dOut));
    }

    /// <summary>
    /// Latents that a thread visits in one go: few enough to share popular latents out evenly, and at most 256 chunks,
    /// each of which needs DIn partial sums.
    /// </summary>
    public static int LatentsPerChunk(int latents) =>
        Math.Max(MinimumLatentsPerChunk, Chunks.Count(latents, MostChunks));

    /// <summary>Where a thread's ∂W_enc row is, [DIn].</summary>
    public readonly float* GradWEnc(int worker) => this.scratch + ((long)worker * (this.dIn + this.dOut));

    /// <summary>Where a thread's ∂W_dec row is, [DOut].</summary>
    public readonly float* GradWDec(int worker) => GradWEnc(worker) + this.dIn;

    /// <summary>Computes the gradients of a latent; rows are left in the thread's scratch.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="worker">The thread.</param>
    /// <param name="squaredNorm">Receives the squared norm of all three gradients together.</param>
    /// <returns>∂b_enc.</returns>
    public readonly float Visit(int latent, int worker, out float squaredNorm)
    {
        float* gradWEnc = GradWEnc(worker);
        float* gradWDec = GradWDec(worker);
        new Span<float>(gradWEnc, this.dIn + this.dOut).Clear();
        squaredNorm = 0;
        int entry = this.offsets[latent];
        int end = this.offsets[latent + 1];
        if (entry == end)
        {
            return 0;
        }

        float* direction = this.wDec + ((long)latent * this.dOut);
        float gradBEnc = 0;
        for (; entry <= end - RowGroups.Size; entry += RowGroups.Size)
        {
            gradBEnc += AddGroup(entry, direction, gradWEnc, gradWDec);
        }

        for (; entry < end; entry++)
        {
            gradBEnc += AddEntry(entry, direction, gradWEnc, gradWDec);
        }

        if (this.project)
        {
            float along = Rows.Dot(gradWDec, direction, this.dOut);
            Rows.AddScaled(gradWDec, -along, direction, this.dOut);
        }

        squaredNorm = (float)(Rows.SumOfSquares(gradWEnc, this.dIn + this.dOut) + ((double)gradBEnc * gradBEnc));
        return gradBEnc;
    }

    private readonly float AddGroup(int entry, float* direction, float* gradWEnc, float* gradWDec)
    {
        float** residualRows = stackalloc float*[RowGroups.Size];
        float** inputRows = stackalloc float*[RowGroups.Size];
        float* factors = stackalloc float[RowGroups.Size];
        float* gradLatents = stackalloc float[RowGroups.Size];
        for (int member = 0; member < RowGroups.Size; member++)
        {
            residualRows[member] = ResidualRow(entry + member);
            inputRows[member] = InputRow(entry + member);
            Rows.Prefetch(inputRows[member], this.dIn);
            factors[member] = this.values[entry + member] * Scale(entry + member);
        }

        RowGroups.Dot(direction, residualRows, gradLatents, this.dOut);
        RowGroups.AddScaled(gradWDec, factors, residualRows, this.dOut);
        float gradBEnc = 0;
        for (int member = 0; member < RowGroups.Size; member++)
        {
            gradLatents[member] *= Scale(entry + member);
            gradBEnc += gradLatents[member];
        }

        RowGroups.AddScaled(gradWEnc, gradLatents, inputRows, this.dIn);
        return gradBEnc;
    }

    private readonly float AddEntry(int entry, float* direction, float* gradWEnc, float* gradWDec)
    {
        float* residual = ResidualRow(entry);
        float gradLatent = Scale(entry) * Rows.Dot(residual, direction, this.dOut);
        Rows.AddScaled(gradWDec, this.values[entry] * Scale(entry), residual, this.dOut);
        Rows.AddScaled(gradWEnc, gradLatent, InputRow(entry), this.dIn);
        return gradLatent;
    }

    private readonly float Scale(int entry) =>
        this.rows[entry] < this.batch ? this.residualScale : this.auxResidualScale;

    private readonly float* ResidualRow(int entry) => this.residuals + ((long)this.rows[entry] * this.dOut);

    private readonly float* InputRow(int entry)
    {
        int row = this.rows[entry];
        return this.input + ((long)(row < this.batch ? row : row - this.batch) * this.dIn);
    }
}
