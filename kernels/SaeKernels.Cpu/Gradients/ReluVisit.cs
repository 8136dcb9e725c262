using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// The gradients of latents whose entries nobody listed: a block of latents goes through the whole batch, encoding
/// anew, and its gradients are four dense products.
/// </summary>
/// <remarks>
/// A part of the batch at a time gives activations and their gradients, [tile of latents][row][latent], which are at
/// once the first factors of the weights' gradients. Of a block only these two parts and the sums stay in the cache.
/// </remarks>
/// <typeparam name="TTile">The tile.</typeparam>
internal readonly unsafe struct ReluVisit<TTile> : ILatentVisit
    where TTile : struct, ITile
{
    // A multiple of the sides of every tile, 12, 6 and 8 rows by 32, 16 and 8 latents.
    private const int LatentsPerBlock = 96;
    private const int RowsPerPart = 192;
    private const int MostChunks = 256;
    private readonly ReluBlock<TTile> blocks;
    private readonly TileRows<TTile> input;
    private readonly TileRows<TTile> residuals;
    private readonly ColumnStrips<TTile> inputStrips;
    private readonly ColumnStrips<TTile> residualStrips;
    private readonly float* wEnc;
    private readonly float* bEnc;
    private readonly GateLines gate;
    private readonly float residualScale;
    private readonly int latents;
    private readonly int batch;
    private readonly int dIn;
    private readonly int dOut;

    /// <summary>Packs what every block reads.</summary>
    public ReluVisit(CpuContext context, in LatentGradientInputs inputs, RealMatrix encoder, RealMatrix decoder)
    {
        this.latents = inputs.Latents;
        this.batch = inputs.Input.Rows;
        this.dIn = inputs.Input.Columns;
        this.dOut = inputs.Residuals.Columns;
        this.wEnc = HostPointers.Of(encoder);
        this.bEnc = HostPointers.Of(inputs.Relu!.Value.BEnc);
        this.residualScale = (float)inputs.ResidualScale;
        this.Rows = new GradientRows(context, inputs, HostPointers.Of(encoder), HostPointers.Of(decoder));
        this.input = TileRows<TTile>.Pack(context, inputs.Input);
        this.residuals = TileRows<TTile>.Pack(context, inputs.Residuals);
        this.inputStrips = ColumnStrips<TTile>.Pack(context, inputs.Input);
        this.residualStrips = ColumnStrips<TTile>.Pack(context, inputs.Residuals);
        this.blocks = new ReluBlock<TTile>(
            context, LatentsPerBlock, RowsPerPart, this.dIn, this.dOut, this.Rows, inputs.Gate is not null);
        this.gate = inputs.Gate is GateGradients gated ? new GateLines(gated.Magnitudes) : default;
    }

    /// <inheritdoc/>
    public GradientRows Rows { get; }

    /// <inheritdoc/>
    public int LatentsPerChunk =>
        LatentsPerBlock * Chunks.Count(Chunks.Count(this.latents, LatentsPerBlock), MostChunks);

    /// <inheritdoc/>
    public float Visit(int latent, int worker, out float squaredNorm, out float gradPath)
    {
        Read(latent, worker, this.Rows.WEnc(worker), this.Rows.WDec(worker), out LatentSums sums, out float gradBEnc);
        float weight = this.blocks.Weights(worker)[latent % LatentsPerBlock];
        squaredNorm = this.Rows.Finish(latent, worker, weight, sums, ref gradBEnc);
        gradPath = gradBEnc;
        return gradBEnc;
    }

    /// <summary>Reads what the entries of a latent add up to, ascending latent after latent.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="worker">The thread.</param>
    /// <param name="gradWEnc">Receives Σ dz·x̃, [DIn].</param>
    /// <param name="gradWDec">Receives Σ v·g, [DOut]; null where nobody wants it.</param>
    /// <param name="sums">Receives the sums beside that.</param>
    /// <param name="gradBEnc">Receives Σ dz.</param>
    public void Read(
        int latent, int worker, float* gradWEnc, float* gradWDec, out LatentSums sums, out float gradBEnc)
    {
        int place = latent % LatentsPerBlock;
        if (place == 0)
        {
            SumBlock(latent, worker);
        }

        ReluBlock<TTile> block = this.blocks;
        if (gradWDec is not null)
        {
            block.ReadDecoderGradient(worker, place, gradWDec);
            Cpu.Rows.Scale(gradWDec, this.residualScale, this.dOut);
        }

        block.ReadEncoderGradient(worker, place, gradWEnc);
        gradBEnc = block.GradBEnc(worker)[place];
        sums = block.SumsOf(worker, place);
    }

    private void SumBlock(int first, int worker)
    {
        int count = Math.Min(LatentsPerBlock, this.latents - first);
        float* weights = this.blocks.Weights(worker);
        float* penalties = this.blocks.Penalties(worker);
        for (int latent = 0; latent < LatentsPerBlock; latent++)
        {
            weights[latent] = latent < count ? this.Rows.Weight(first + latent) : 0;
            penalties[latent] = this.Rows.Penalty.OfUnit(weights[latent]);
            this.blocks.Pushes(worker)[latent] =
                latent < count ? this.Rows.Inactive.PushOf(first + latent, weights[latent]) : 0;
            float cut = latent < count ? this.Rows.Jump.CutOf(first + latent) : 0;
            this.blocks.Cuts(worker)[latent] = cut;
            this.blocks.Lows(worker)[latent] = latent < count ? this.Rows.Jump.LowOf(cut) : 0;
            this.blocks.Highs(worker)[latent] = latent < count ? this.Rows.Jump.HighOf(cut) : 0;
            if (this.gate.Exist)
            {
                this.blocks.Gains(worker)[latent] = latent < count ? this.gate.Gain(first + latent) : 0;
                this.blocks.Shifts(worker)[latent] = latent < count ? this.gate.Shift(first + latent) : 0;
            }
        }

        float* encoderRows = this.wEnc + ((long)first * this.dIn);
        this.blocks.Begin(worker, encoderRows, this.bEnc + first, this.Rows.Direction(first), count);
        for (int row = 0; row < this.batch; row += RowsPerPart)
        {
            int rows = Math.Min(RowsPerPart, this.batch - row);
            for (int panel = 0; panel < LatentsPerBlock / TTile.Latents; panel++)
            {
                this.blocks.Encode(worker, panel, this.input, this.residuals, row, rows, this.residualScale);
            }

            this.blocks.AddProducts(worker, this.residualStrips, this.inputStrips, row, rows);
        }
    }
}
