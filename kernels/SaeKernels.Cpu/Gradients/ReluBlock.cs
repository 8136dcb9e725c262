using System.Numerics;
using System.Runtime.CompilerServices;

namespace SaeKernels.Cpu;

/// <summary>What each thread keeps of a block of latents: packed weights, a part of the batch, and sums.</summary>
/// <typeparam name="TTile">The tile.</typeparam>
internal readonly unsafe struct ReluBlock<TTile>
    where TTile : struct, ITile
{
    private readonly ThreadScratch encoder;
    private readonly ThreadScratch decoder;
    private readonly ThreadScratch perLatent;
    private readonly ThreadScratch thresholds;
    private readonly ThreadScratch preActivations;
    private readonly ThreadScratch products;
    private readonly ThreadScratch activations;
    private readonly ThreadScratch gradients;
    private readonly ThreadScratch encoderSums;
    private readonly ThreadScratch decoderSums;
    private readonly bool hasThresholds;
    private readonly int latents;
    private readonly int rows;
    private readonly int dIn;
    private readonly int dOut;

    /// <summary>Makes room.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="latents">Latents of a block; a multiple of both sides of a tile.</param>
    /// <param name="rows">Rows of a part of the batch; a multiple of a tile's rows.</param>
    /// <param name="dIn">Columns of the encoder.</param>
    /// <param name="dOut">Columns of the decoder.</param>
    /// <param name="hasThresholds">Whether activations near a threshold are added up.</param>
    public ReluBlock(CpuContext context, int latents, int rows, int dIn, int dOut, bool hasThresholds)
    {
        this.hasThresholds = hasThresholds;
        this.latents = latents;
        this.rows = rows;
        this.dIn = dIn;
        this.dOut = dOut;
        this.encoder = new ThreadScratch(context, (long)latents * dIn);
        this.decoder = new ThreadScratch(context, (long)latents * dOut);
        this.perLatent = new ThreadScratch(context, (5L * latents) + TTile.Latents);
        this.thresholds = new ThreadScratch(context, 5L * latents);
        this.preActivations = new ThreadScratch(context, (long)rows * TTile.Latents);
        this.products = new ThreadScratch(context, (long)rows * TTile.Latents);
        this.activations = new ThreadScratch(context, (long)rows * latents);
        this.gradients = new ThreadScratch(context, (long)rows * latents);
        this.encoderSums = new ThreadScratch(context, (long)latents * Strips(dIn) * TTile.Latents);
        this.decoderSums = new ThreadScratch(context, (long)latents * Strips(dOut) * TTile.Latents);
    }

    /// <summary>n of each latent, [latents].</summary>
    public float* Weights(int worker) => this.perLatent.Of(worker);

    /// <summary>What the penalty adds to the gradient of an entry of each latent, [latents].</summary>
    public float* Penalties(int worker) => Weights(worker) + this.latents;

    /// <summary>The sum of each latent's activations, [latents].</summary>
    public float* SumsOfValues(int worker) => Penalties(worker) + this.latents;

    /// <summary>∂b_enc of each latent, [latents].</summary>
    public float* GradBEnc(int worker) => SumsOfValues(worker) + this.latents;

    /// <summary>What pre-activations of each latent must exceed to be active, [latents].</summary>
    public float* Cuts(int worker) => this.thresholds.Of(worker);

    /// <summary>What they must exceed to be near their threshold, [latents].</summary>
    public float* Lows(int worker) => Cuts(worker) + this.latents;

    /// <summary>What they must stay below to be near their threshold, [latents].</summary>
    public float* Highs(int worker) => Lows(worker) + this.latents;

    /// <summary>The sum of the gradients by near activations, [latents].</summary>
    public float* NearSums(int worker) => Highs(worker) + this.latents;

    /// <summary>The number of near activations, [latents].</summary>
    public float* NearCounts(int worker) => NearSums(worker) + this.latents;

    /// <summary>Packs the weights of a block and sets its sums to zero.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="wEnc">The encoder's first row.</param>
    /// <param name="bEnc">The first bias.</param>
    /// <param name="wDec">The decoder's first row.</param>
    /// <param name="count">Latents that exist; the others are zeros.</param>
    public void Begin(int worker, float* wEnc, float* bEnc, float* wDec, int count)
    {
        float* biases = Biases(worker);
        for (int first = 0; first < this.latents; first += TTile.Latents)
        {
            int present = Math.Clamp(count - first, 0, TTile.Latents);
            LatentPanels.PackBiases<TTile>(bEnc + first, present, biases + first);
            LatentPanels.Pack<TTile>(
                wEnc + ((long)first * this.dIn), present, this.dIn, this.encoder.Of(worker) + (first * this.dIn));
            LatentPanels.Pack<TTile>(
                wDec + ((long)first * this.dOut), present, this.dOut, this.decoder.Of(worker) + (first * this.dOut));
        }

        new Span<float>(biases + this.latents, TTile.Latents).Clear();
        new Span<float>(SumsOfValues(worker), 2 * this.latents).Clear();
        new Span<float>(NearSums(worker), 2 * this.latents).Clear();
        this.encoderSums.Clear(worker);
        this.decoderSums.Clear(worker);
    }

    /// <summary>Encodes a part of the batch with a panel of latents, with the activations' gradient.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="input">What the encoder sees.</param>
    /// <param name="residuals">The residuals.</param>
    /// <param name="firstRow">The part's first row; a multiple of a tile's rows.</param>
    /// <param name="count">Rows of the part.</param>
    /// <param name="scale">The factor from residuals to the gradient of the reconstruction.</param>
    public void Encode(
        int worker,
        int panel,
        in TileRows<TTile> input,
        in TileRows<TTile> residuals,
        int firstRow,
        int count,
        float scale)
    {
        int firstTile = firstRow / TTile.Rows;
        int tiles = Chunks.Count(count, TTile.Rows);
        int firstLatent = panel * TTile.Latents;
        float* encoderPanel = this.encoder.Of(worker) + ((long)firstLatent * this.dIn);
        float* decoderPanel = this.decoder.Of(worker) + ((long)firstLatent * this.dOut);
        float* zeros = Biases(worker) + this.latents;
        LatentPanels.Multiply(
            input, firstTile, tiles, this.dIn, encoderPanel, Biases(worker) + firstLatent,
            this.preActivations.Of(worker));
        LatentPanels.Multiply(
            residuals, firstTile, tiles, this.dOut, decoderPanel, zeros, this.products.Of(worker));
        for (int row = 0; row < count; row++)
        {
            Activate(worker, row, firstLatent, scale);
        }
    }

    /// <summary>Adds Σ z·e and Σ dz·x̃ over a part of the batch to the sums of all latents of the block.</summary>
    /// <param name="worker">The thread.</param>
    /// <param name="residuals">The residuals.</param>
    /// <param name="input">What the encoder saw.</param>
    /// <param name="firstRow">The part's first row.</param>
    /// <param name="count">Rows of the part.</param>
    public void AddProducts(
        int worker, in ColumnStrips<TTile> residuals, in ColumnStrips<TTile> input, int firstRow, int count)
    {
        AddProduct(this.activations.Of(worker), residuals, firstRow, count, this.decoderSums.Of(worker));
        AddProduct(this.gradients.Of(worker), input, firstRow, count, this.encoderSums.Of(worker));
    }

    /// <summary>Copies Σ z·e of a latent, [DOut].</summary>
    public void ReadDecoderGradient(int worker, int latent, float* row) =>
        Read(this.decoderSums.Of(worker), latent, row, this.dOut);

    /// <summary>Copies Σ dz·x̃ of a latent, [DIn].</summary>
    public void ReadEncoderGradient(int worker, int latent, float* row) =>
        Read(this.encoderSums.Of(worker), latent, row, this.dIn);

    private static int Strips(int columns) => Chunks.Count(columns, TTile.Latents);

    private static void Read(float* sums, int latent, float* row, int columns)
    {
        int strips = Strips(columns);
        float* tile = sums + ((long)(latent / TTile.Rows) * strips * TTile.Rows * TTile.Latents);
        for (int strip = 0; strip < strips; strip++)
        {
            int first = strip * TTile.Latents;
            int count = Math.Min(TTile.Latents, columns - first);
            float* source = tile + (((strip * TTile.Rows) + (latent % TTile.Rows)) * TTile.Latents);
            new Span<float>(source, count).CopyTo(new Span<float>(row + first, count));
        }
    }

    private float* Biases(int worker) => GradBEnc(worker) + this.latents;

    /// <summary>Takes what is active of a row of a panel and masks its gradient; NaN counts as active.</summary>
    private void Activate(int worker, int row, int firstLatent, float scale)
    {
        float* values = this.preActivations.Of(worker) + (row * TTile.Latents);
        float* slopes = this.products.Of(worker) + (row * TTile.Latents);
        float* penalties = Penalties(worker) + firstLatent;
        float* sums = SumsOfValues(worker) + firstLatent;
        float* biases = GradBEnc(worker) + firstLatent;
        float* cuts = Cuts(worker) + firstLatent;
        Vector<float> factor = new(scale);
        for (int i = 0; i < TTile.Latents; i += Vector<float>.Count)
        {
            Vector<float> p = Vector.Load(values + i);
            Vector<float> slope = (Vector.Load(slopes + i) * factor) + Vector.Load(penalties + i);
            Vector<int> isIdle = Vector.LessThanOrEqual(p, Vector.Load(cuts + i));
            if (this.hasThresholds)
            {
                AddNear(worker, firstLatent + i, p, slope);
            }

            Vector<float> z = Vector.ConditionalSelect(isIdle, Vector<float>.Zero, p);
            slope = Vector.ConditionalSelect(isIdle, Vector<float>.Zero, slope);
            Vector.Store(Vector.Load(sums + i) + z, sums + i);
            Vector.Store(Vector.Load(biases + i) + slope, biases + i);
            Vector.Store(z, values + i);
            Vector.Store(slope, slopes + i);
        }

        Scatter(values, this.activations.Of(worker), row, firstLatent);
        Scatter(slopes, this.gradients.Of(worker), row, firstLatent);
    }

    /// <summary>Adds activations near their threshold.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddNear(int worker, int latent, Vector<float> p, Vector<float> slope)
    {
        Vector<int> isNear = Vector.GreaterThan(p, Vector.Load(Lows(worker) + latent))
            & Vector.LessThan(p, Vector.Load(Highs(worker) + latent));
        if (Vector.EqualsAny(isNear, Vector<int>.AllBitsSet))
        {
            float* sums = NearSums(worker) + latent;
            float* counts = NearCounts(worker) + latent;
            Vector<float> sum = Vector.Load(sums) + Vector.ConditionalSelect(isNear, slope, Vector<float>.Zero);
            Vector.Store(sum, sums);
            Vector<float> one = Vector.ConditionalSelect(isNear, Vector<float>.One, Vector<float>.Zero);
            Vector.Store(Vector.Load(counts) + one, counts);
        }
    }

    /// <summary>Puts a row of a panel where tiles of latents read it; two at a time, as all sides are even.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Scatter(float* source, float* part, int row, int firstLatent)
    {
        for (int i = 0; i < TTile.Latents; i += 2)
        {
            uint latent = (uint)(firstLatent + i);
            uint tile = latent / (uint)TTile.Rows;
            uint lane = latent % (uint)TTile.Rows;
            long place = ((tile * (uint)this.rows) + (uint)row) * (uint)TTile.Rows;
            *(double*)(part + place + lane) = *(double*)(source + i);
        }
    }

    private void AddProduct(float* part, in ColumnStrips<TTile> strips, int firstRow, int count, float* sums)
    {
        for (int strip = 0; strip < strips.Count; strip++)
        {
            float* columns = strips.Strip(strip, firstRow);
            for (int tile = 0; tile < this.latents / TTile.Rows; tile++)
            {
                float* sum = sums + ((((long)tile * strips.Count) + strip) * TTile.Rows * TTile.Latents);
                TTile.MultiplyAdd(
                    part + ((long)tile * this.rows * TTile.Rows), columns, count, sum, TTile.Latents, sum, columns, 0);
            }
        }
    }
}
