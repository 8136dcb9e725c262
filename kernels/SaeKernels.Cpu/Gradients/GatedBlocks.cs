using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// The gradients of gated latents whose entries nobody listed: each block of latents goes through the whole batch
/// twice, as a ReLU encoder of the gates' residuals, and as one of magnitudes.
/// </summary>
/// <typeparam name="TTile">The tile.</typeparam>
internal readonly unsafe struct GatedBlocks<TTile> : ILatentVisit
    where TTile : struct, ITile
{
    private readonly GateRows gate;
    private readonly ReluVisit<TTile> gates;
    private readonly ReluVisit<TTile> magnitudes;
    private readonly ThreadScratch gradMagnitude;
    private readonly int dIn;
    private readonly int dOut;

    /// <summary>Packs what every block reads.</summary>
    public GatedBlocks(CpuContext context, in LatentGradientInputs inputs, RealMatrix encoder, RealMatrix decoder)
    {
        GateGradients gradients = inputs.Gate!.Value;
        int batch = inputs.Input.Rows;
        this.dIn = inputs.Input.Columns;
        this.dOut = inputs.Residuals.Columns;
        this.gate = new GateRows(gradients);
        this.gradMagnitude = new ThreadScratch(context, this.dIn);
        LatentGradientInputs ofGates = inputs with { Gate = null, Residuals = inputs.Residuals.Slice(batch, batch) };
        LatentGradientInputs ofMagnitudes =
            inputs with { Penalty = null, Residuals = inputs.Residuals.Slice(0, batch) };
        this.gates = new ReluVisit<TTile>(context, ofGates, encoder, decoder);
        this.magnitudes = new ReluVisit<TTile>(context, ofMagnitudes, encoder, decoder);
    }

    /// <inheritdoc/>
    public GradientRows Rows => this.gates.Rows;

    /// <inheritdoc/>
    public int LatentsPerChunk => this.gates.LatentsPerChunk;

    /// <inheritdoc/>
    public float Visit(int latent, int worker, out float squaredNorm, out float gradPath)
    {
        float gain = this.gate.Lines.Gain(latent);
        float* ofMagnitude = this.gradMagnitude.Of(worker);
        this.gates.Read(latent, worker, this.Rows.WEnc(worker), null, out LatentSums sums, out float gradGate);
        this.magnitudes.Read(latent, worker, ofMagnitude, this.Rows.WDec(worker), out _, out float gradBias);
        Cpu.Rows.AddScaled(this.Rows.WEnc(worker), gain, ofMagnitude, this.dIn);
        float along = Cpu.Rows.Dot(this.Rows.WDec(worker), this.Rows.Direction(latent), this.dOut);
        double squares = this.gate.Finish(latent, along, gradBias);
        squares += this.Rows.Finish(latent, worker, weight: 1, sums, ref gradGate);
        squaredNorm = (float)squares;
        gradPath = gradGate + (gain * gradBias);
        return gradGate;
    }
}
