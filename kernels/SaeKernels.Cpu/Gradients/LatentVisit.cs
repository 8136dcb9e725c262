using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Computes the gradients of one latent after another into a thread's scratch.</summary>
internal readonly unsafe struct LatentVisit : ILatentVisit
{
    private const int MinimumLatentsPerChunk = 8;
    private const int MostChunks = 256;
    private readonly int* offsets;
    private readonly int* rows;
    private readonly float* values;
    private readonly float* input;
    private readonly float* residuals;
    private readonly float residualScale;
    private readonly float auxResidualScale;
    private readonly int batch;
    private readonly int dIn;
    private readonly int dOut;
    private readonly int latents;
    private readonly int* prefixEnds;
    private readonly int prefixes;
    private readonly int firstBlock;

    /// <summary>Opens what gradients are computed from.</summary>
    public LatentVisit(CpuContext context, in LatentGradientInputs inputs, float* decoder)
    {
        LatentMajorList list = inputs.List!;
        this.offsets = HostPointers.Of(list.Offsets);
        this.rows = HostPointers.Of(list.Rows);
        this.values = HostPointers.Of(list.Values);
        this.latents = list.Latents;
        this.input = HostPointers.Of(inputs.Input);
        this.residuals = HostPointers.Of(inputs.Residuals);
        this.residualScale = (float)inputs.ResidualScale;
        this.auxResidualScale = inputs.AuxResidualScale is ScalarSlot slot ? *HostPointers.Of(slot) : 0;
        this.batch = inputs.Input.Rows;
        this.dIn = inputs.Input.Columns;
        this.dOut = inputs.Residuals.Columns;
        this.Rows = new GradientRows(context, inputs, decoder);
        if (inputs.Prefixes is LatentPrefixes given)
        {
            this.prefixEnds = HostPointers.Of(given.Ends);
            this.prefixes = given.Count;
            this.firstBlock = given.FirstBlock;
        }
    }

    /// <inheritdoc/>
    public GradientRows Rows { get; }

    /// <inheritdoc/>
    public int LatentsPerChunk => Math.Max(MinimumLatentsPerChunk, Chunks.Count(this.latents, MostChunks));

    /// <inheritdoc/>
    public float Visit(int latent, int worker, out float squaredNorm)
    {
        float* gradWEnc = this.Rows.WEnc(worker);
        float* gradWDec = this.Rows.WDec(worker);
        new Span<float>(gradWEnc, this.dIn + this.dOut).Clear();
        int entry = this.offsets[latent];
        int end = this.offsets[latent + 1];
        if (entry == end)
        {
            squaredNorm = this.Rows.FinishIdle(latent);
            return 0;
        }

        float weight = this.Rows.Weight(latent);
        float* direction = this.Rows.Direction(latent);
        float penalty = this.Rows.PenaltyOfEntry(weight);
        float* ownResiduals = this.residuals + ((long)BlockOf(latent) * this.batch * this.dOut);
        float gradBEnc = 0;
        NearSums near = new() { High = this.Rows.Jump.HighOf(this.Rows.Jump.CutOf(latent)) };
        for (; entry <= end - RowGroups.Size; entry += RowGroups.Size)
        {
            gradBEnc += AddGroup(entry, ownResiduals, direction, penalty, gradWEnc, gradWDec, ref near);
        }

        for (; entry < end; entry++)
        {
            gradBEnc += AddEntry(entry, ownResiduals, direction, penalty, gradWEnc, gradWDec, ref near);
        }

        squaredNorm = this.Rows.Finish(latent, worker, weight, SumOfValues(latent), gradBEnc);
        squaredNorm += (float)this.Rows.Jump.Finish(latent, near.Gradients, near.Count);
        return gradBEnc;
    }

    /// <summary>The block of residuals that a latent's entries read.</summary>
    private int BlockOf(int latent)
    {
        int group = 0;
        while (group < this.prefixes - 1 && latent >= this.prefixEnds[group])
        {
            group++;
        }

        return group >= this.prefixes - 1 ? 0 : this.firstBlock + this.prefixes - 2 - group;
    }

    private float AddGroup(
        int entry,
        float* ownResiduals,
        float* direction,
        float penalty,
        float* gradWEnc,
        float* gradWDec,
        ref NearSums near)
    {
        float** residualRows = stackalloc float*[RowGroups.Size];
        float** inputRows = stackalloc float*[RowGroups.Size];
        float* factors = stackalloc float[RowGroups.Size];
        float* gradLatents = stackalloc float[RowGroups.Size];
        for (int member = 0; member < RowGroups.Size; member++)
        {
            residualRows[member] = ResidualRow(entry + member, ownResiduals);
            inputRows[member] = InputRow(entry + member);
            PrefetchEntry(entry + member + RowGroups.Size, ownResiduals);
            factors[member] = this.values[entry + member] * Scale(entry + member);
        }

        RowGroups.Dot(direction, residualRows, gradLatents, this.dOut);
        RowGroups.AddScaled(gradWDec, factors, residualRows, this.dOut);
        float gradBEnc = 0;
        for (int member = 0; member < RowGroups.Size; member++)
        {
            float gradient = (Scale(entry + member) * gradLatents[member]) + Penalty(entry + member, penalty);
            gradLatents[member] = Gate(this.values[entry + member], gradient, ref near);
            gradBEnc += gradLatents[member];
        }

        RowGroups.AddScaled(gradWEnc, gradLatents, inputRows, this.dIn);
        return gradBEnc;
    }

    private float AddEntry(
        int entry,
        float* ownResiduals,
        float* direction,
        float penalty,
        float* gradWEnc,
        float* gradWDec,
        ref NearSums near)
    {
        PrefetchEntry(entry + RowGroups.Size, ownResiduals);
        float* residual = ResidualRow(entry, ownResiduals);
        float gradLatent = (Scale(entry) * Cpu.Rows.Dot(residual, direction, this.dOut)) + Penalty(entry, penalty);
        gradLatent = Gate(this.values[entry], gradLatent, ref near);
        Cpu.Rows.AddScaled(gradWDec, this.values[entry] * Scale(entry), residual, this.dOut);
        Cpu.Rows.AddScaled(gradWEnc, gradLatent, InputRow(entry), this.dIn);
        return gradLatent;
    }

    /// <summary>Asks for what an entry reads, be it one of the latents that follow.</summary>
    private void PrefetchEntry(int entry, float* ownResiduals)
    {
        if (entry < this.offsets[this.latents])
        {
            Cpu.Rows.PrefetchAhead(ResidualRow(entry, ownResiduals), this.dOut);
            Cpu.Rows.PrefetchAhead(InputRow(entry), this.dIn);
        }
    }

    /// <summary>Notes an entry near its threshold; returns its gradient, 0 where it is near only.</summary>
    private float Gate(float value, float gradient, ref NearSums near)
    {
        if (!this.Rows.Jump.Exist)
        {
            return gradient;
        }

        bool isNear = value < near.High;
        near.Gradients += isNear ? gradient : 0;
        near.Count += isNear ? 1 : 0;
        return value == 0 ? 0 : gradient;
    }

    private float SumOfValues(int latent)
    {
        float sum = 0;
        for (int entry = this.offsets[latent]; this.Rows.HasPenalty && entry < this.offsets[latent + 1]; entry++)
        {
            sum += this.rows[entry] < this.batch ? this.values[entry] : 0;
        }

        return sum;
    }

    private float Penalty(int entry, float penalty) => this.rows[entry] < this.batch ? penalty : 0;

    private float Scale(int entry) =>
        this.rows[entry] < this.batch ? this.residualScale : this.auxResidualScale;

    private float* ResidualRow(int entry, float* ownResiduals)
    {
        int row = this.rows[entry];
        return (row < this.batch ? ownResiduals : this.residuals) + ((long)row * this.dOut);
    }

    private float* InputRow(int entry)
    {
        int row = this.rows[entry];
        return this.input + ((long)(row < this.batch ? row : row - this.batch) * this.dIn);
    }

    /// <summary>What the entries near a threshold add up to.</summary>
    private struct NearSums
    {
        public float High;
        public float Gradients;
        public int Count;
    }
}
