using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes the gradients of one gated latent after another: of an entry both residuals are read, and its input once.
/// </summary>
internal readonly unsafe struct GatedVisit : ILatentVisit
{
    private readonly int* offsets;
    private readonly int* rows;
    private readonly float* values;
    private readonly float* input;
    private readonly float* residuals;
    private readonly float* gateResiduals;
    private readonly float residualScale;
    private readonly int dIn;
    private readonly int dOut;
    private readonly int latents;
    private readonly GateRows gate;
    private readonly PenaltyRows penalty;

    /// <summary>Opens what gradients are computed from.</summary>
    public GatedVisit(CpuContext context, in LatentGradientInputs inputs, float* encoder, float* decoder)
    {
        LatentMajorList list = inputs.List!;
        this.offsets = HostPointers.Of(list.Offsets);
        this.rows = HostPointers.Of(list.Rows);
        this.values = HostPointers.Of(list.Values);
        this.latents = list.Latents;
        this.input = HostPointers.Of(inputs.Input);
        this.residuals = HostPointers.Of(inputs.Residuals);
        this.residualScale = (float)inputs.ResidualScale;
        this.dIn = inputs.Input.Columns;
        this.dOut = inputs.Residuals.Columns;
        this.gateResiduals = this.residuals + ((long)inputs.Input.Rows * this.dOut);
        this.gate = new GateRows(inputs.Gate!.Value);
        this.Rows = new GradientRows(context, inputs, encoder, decoder);
        this.penalty = this.Rows.Penalty;
    }

    /// <inheritdoc/>
    public GradientRows Rows { get; }

    /// <inheritdoc/>
    public int LatentsPerChunk => LatentVisit.WholePanels(this.latents);

    /// <inheritdoc/>
    public float Visit(int latent, int worker, out float squaredNorm, out float gradPath)
    {
        float* gradWEnc = this.Rows.WEnc(worker);
        float* gradWDec = this.Rows.WDec(worker);
        new Span<float>(gradWEnc, this.dIn + this.dOut).Clear();
        int entry = this.offsets[latent];
        int end = this.offsets[latent + 1];
        gradPath = 0;
        if (entry == end)
        {
            this.gate.FinishIdle(latent);
            squaredNorm = this.Rows.FinishIdle(latent);
            return 0;
        }

        float* direction = this.Rows.Direction(latent);
        EntrySums sums = new()
        {
            Gain = this.gate.Lines.Gain(latent),
            Shift = this.gate.Lines.Shift(latent),
            PenaltyOfUnit = this.penalty.OfUnit(1),
        };
        for (; entry <= end - RowGroups.Size; entry += RowGroups.Size)
        {
            AddGroup(entry, direction, gradWEnc, gradWDec, ref sums);
        }

        for (; entry < end; entry++)
        {
            AddEntry(entry, direction, gradWEnc, gradWDec, ref sums);
        }

        double squares = this.gate.Finish(latent, Cpu.Rows.Dot(gradWDec, direction, this.dOut), sums.GradBias);
        LatentSums total = new() { Penalty = sums.Penalty };
        squares += this.Rows.Finish(latent, worker, weight: 1, total, ref sums.GradGate);
        squaredNorm = (float)squares;
        gradPath = sums.GradGate + (sums.Gain * sums.GradBias);
        return sums.GradGate;
    }

    private void AddGroup(int entry, float* direction, float* gradWEnc, float* gradWDec, ref EntrySums sums)
    {
        float** residualRows = stackalloc float*[RowGroups.Size];
        float** gateRows = stackalloc float*[RowGroups.Size];
        float** inputRows = stackalloc float*[RowGroups.Size];
        float* factors = stackalloc float[RowGroups.Size];
        float* gradMagnitudes = stackalloc float[RowGroups.Size];
        float* gradLatents = stackalloc float[RowGroups.Size];
        for (int member = 0; member < RowGroups.Size; member++)
        {
            long row = this.rows[entry + member];
            residualRows[member] = this.residuals + (row * this.dOut);
            gateRows[member] = this.gateResiduals + (row * this.dOut);
            inputRows[member] = this.input + (row * this.dIn);
            PrefetchEntry(entry + member + RowGroups.Size);
            factors[member] = GateLines.Of(sums.Gain, sums.Shift, this.values[entry + member]);
        }

        RowGroups.Dot(direction, residualRows, gradMagnitudes, this.dOut);
        RowGroups.Dot(direction, gateRows, gradLatents, this.dOut);
        for (int member = 0; member < RowGroups.Size; member++)
        {
            gradLatents[member] = Add(
                this.values[entry + member], factors[member], gradMagnitudes[member], gradLatents[member], ref sums);
            factors[member] *= this.residualScale;
        }

        RowGroups.AddScaled(gradWDec, factors, residualRows, this.dOut);
        RowGroups.AddScaled(gradWEnc, gradLatents, inputRows, this.dIn);
    }

    private void AddEntry(int entry, float* direction, float* gradWEnc, float* gradWDec, ref EntrySums sums)
    {
        PrefetchEntry(entry + RowGroups.Size);
        long row = this.rows[entry];
        float* residual = this.residuals + (row * this.dOut);
        float value = this.values[entry];
        float magnitude = GateLines.Of(sums.Gain, sums.Shift, value);
        float ofMagnitude = Cpu.Rows.Dot(residual, direction, this.dOut);
        float ofGate = Cpu.Rows.Dot(this.gateResiduals + (row * this.dOut), direction, this.dOut);
        float gradLatent = Add(value, magnitude, ofMagnitude, ofGate, ref sums);
        Cpu.Rows.AddScaled(gradWDec, magnitude * this.residualScale, residual, this.dOut);
        Cpu.Rows.AddScaled(gradWEnc, gradLatent, this.input + (row * this.dIn), this.dIn);
    }

    /// <summary>Notes an entry; returns the gradient by its pre-activation without a bias.</summary>
    private float Add(float value, float magnitude, float ofMagnitude, float ofGate, ref EntrySums sums)
    {
        float gradGate = this.residualScale * ofGate;
        if (this.penalty.Exists)
        {
            gradGate += this.penalty.Add(1, sums.PenaltyOfUnit, value, ref sums.Penalty);
        }

        float gradMagnitude = magnitude == 0 ? 0 : this.residualScale * ofMagnitude;
        sums.GradGate += gradGate;
        sums.GradBias += gradMagnitude;
        return gradGate + (sums.Gain * gradMagnitude);
    }

    /// <summary>Asks for what an entry reads, be it one of the latents that follow.</summary>
    private void PrefetchEntry(int entry)
    {
        if (entry < this.offsets[this.latents])
        {
            long row = this.rows[entry];
            Cpu.Rows.PrefetchAhead(this.residuals + (row * this.dOut), this.dOut);
            Cpu.Rows.PrefetchAhead(this.gateResiduals + (row * this.dOut), this.dOut);
            Cpu.Rows.PrefetchAhead(this.input + (row * this.dIn), this.dIn);
        }
    }

    /// <summary>What the entries of a latent add up to, and what is the same for all of them.</summary>
    private struct EntrySums
    {
        public PenaltySums Penalty;
        public float Gain;
        public float Shift;
        public float PenaltyOfUnit;
        public float GradGate;
        public float GradBias;
    }
}
