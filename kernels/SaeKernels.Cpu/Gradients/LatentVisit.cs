using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Computes the gradients of one latent after another into a thread's scratch.</summary>
internal readonly unsafe struct LatentVisit : ILatentVisit
{
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
    private readonly bool paysPerPrefix;

    // Fields of their own: a read through Rows may copy all of it for every entry.
    private readonly PenaltyRows penalty;
    private readonly JumpRows jump;
    private readonly bool hasPrice;

    /// <summary>Opens what gradients are computed from.</summary>
    public LatentVisit(CpuContext context, in LatentGradientInputs inputs, float* encoder, float* decoder)
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
        this.Rows = new GradientRows(context, inputs, encoder, decoder);
        this.penalty = this.Rows.Penalty;
        this.jump = this.Rows.Jump;
        this.hasPrice = this.Rows.Inactive.Exist;
        if (inputs.Prefixes is LatentPrefixes given)
        {
            this.prefixEnds = HostPointers.Of(given.Ends) + given.FirstEnd;
            this.prefixes = given.Count;
            this.firstBlock = given.FirstBlock;
            this.paysPerPrefix = inputs.Penalty?.PerPrefix == true;
        }
    }

    /// <inheritdoc/>
    public GradientRows Rows { get; }

    /// <inheritdoc/>
    public int LatentsPerChunk => WholePanels(this.latents);

    /// <summary>As many latents as make at most 256 chunks of whole panels of the screen.</summary>
    public static int WholePanels(int latents) =>
        Int8Tile.Latents * Chunks.Count(Chunks.Count(latents, Int8Tile.Latents), MostChunks);

    /// <inheritdoc/>
    public float Visit(int latent, int worker, out float squaredNorm, out float gradPath)
    {
        float* gradWEnc = this.Rows.WEnc(worker);
        float* gradWDec = this.Rows.WDec(worker);
        new Span<float>(gradWEnc, this.dIn + this.dOut).Clear();
        int entry = this.offsets[latent];
        int end = this.offsets[latent + 1];
        if (entry == end && !this.Rows.Inactive.Exist)
        {
            squaredNorm = this.Rows.FinishIdle(latent);
            gradPath = 0;
            return 0;
        }

        float weight = this.Rows.Weight(latent);
        float* direction = this.Rows.Direction(latent);
        int group = GroupOf(latent);
        float payments = this.paysPerPrefix ? this.prefixes - group : 1;
        float* ownResiduals = this.residuals + ((long)BlockOf(group) * this.batch * this.dOut);
        float gradBEnc = 0;
        float cut = this.Rows.Jump.CutOf(latent);
        EntrySums sums = new()
        {
            Cut = cut,
            High = this.Rows.Jump.HighOf(cut),
            Weight = weight,
            PenaltyOfUnit = payments * this.Rows.Penalty.OfUnit(weight),
            Push = this.Rows.Inactive.PushOf(latent, weight),
        };
        for (; entry <= end - RowGroups.Size; entry += RowGroups.Size)
        {
            gradBEnc += AddGroup(entry, ownResiduals, direction, gradWEnc, gradWDec, ref sums);
        }

        for (; entry < end; entry++)
        {
            gradBEnc += AddEntry(entry, ownResiduals, direction, gradWEnc, gradWDec, ref sums);
        }

        sums.Total.Penalty.Cost *= payments;
        sums.Total.Penalty.Pull *= payments;
        squaredNorm = this.Rows.Finish(latent, worker, weight, sums.Total, ref gradBEnc);
        gradPath = gradBEnc;
        return gradBEnc;
    }

    private int GroupOf(int latent)
    {
        int group = 0;
        while (group < this.prefixes - 1 && latent >= this.prefixEnds[group])
        {
            group++;
        }

        return group;
    }

    /// <summary>The block of residuals that the entries of a group's latents read.</summary>
    private int BlockOf(int group) =>
        group >= this.prefixes - 1 ? 0 : this.firstBlock + this.prefixes - 2 - group;

    private float AddGroup(
        int entry,
        float* ownResiduals,
        float* direction,
        float* gradWEnc,
        float* gradWDec,
        ref EntrySums sums)
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
            float gradient = (Scale(entry + member) * gradLatents[member]) + Penalty(entry + member, ref sums);
            gradLatents[member] = Gate(this.values[entry + member], gradient, ref sums);
            gradBEnc += gradLatents[member];
        }

        RowGroups.AddScaled(gradWEnc, gradLatents, inputRows, this.dIn);
        return gradBEnc;
    }

    private float AddEntry(
        int entry,
        float* ownResiduals,
        float* direction,
        float* gradWEnc,
        float* gradWDec,
        ref EntrySums sums)
    {
        PrefetchEntry(entry + RowGroups.Size, ownResiduals);
        float* residual = ResidualRow(entry, ownResiduals);
        float gradLatent = (Scale(entry) * Cpu.Rows.Dot(residual, direction, this.dOut)) + Penalty(entry, ref sums);
        gradLatent = Gate(this.values[entry], gradLatent, ref sums);
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

    /// <summary>Notes an entry; returns the gradient by its pre-activation from that by its value.</summary>
    private float Gate(float value, float gradient, ref EntrySums sums)
    {
        if (this.hasPrice && value != 0)
        {
            sums.Total.Active.Count++;
            sums.Total.Active.Values += value;
        }

        if (!this.jump.Exist)
        {
            return gradient + sums.Push;
        }

        float ofInput = value == 0 ? 0 : gradient + sums.Push;
        if (value < sums.High)
        {
            sums.Total.NearGradients += gradient;
            sums.Total.NearCount++;
            ofInput += this.jump.Flow(sums.Cut, gradient);
        }

        return ofInput;
    }

    private float Penalty(int entry, ref EntrySums sums) =>
        this.penalty.Exists && this.rows[entry] < this.batch
            ? this.penalty.Add(sums.Weight, sums.PenaltyOfUnit, this.values[entry], ref sums.Total.Penalty)
            : 0;

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

    /// <summary>What the entries of a latent add up to, and what is the same for all of them.</summary>
    private struct EntrySums
    {
        public LatentSums Total;
        public float Weight;
        public float PenaltyOfUnit;
        public float Push;
        public float Cut;

        /// <summary>What pre-activations near the threshold stay below.</summary>
        public float High;
    }
}
