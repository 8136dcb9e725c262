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
    private readonly PenaltyRows penalty;
    private readonly JumpRows jump;
    private readonly bool hasPrice;
    private readonly bool isGated;
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
    /// <param name="gradients">What activations, and those that are not active, cost, and their thresholds.</param>
    /// <param name="isGated">Whether activations are magnitudes of gates.</param>
    public ReluBlock(
        CpuContext context, int latents, int rows, int dIn, int dOut, in GradientRows gradients, bool isGated)
    {
        this.isGated = isGated;
        this.penalty = gradients.Penalty;
        this.jump = gradients.Jump;
        this.hasPrice = gradients.Inactive.Exist;
        this.latents = latents;
        this.rows = rows;
        this.dIn = dIn;
        this.dOut = dOut;
        this.encoder = new ThreadScratch(context, (long)latents * dIn);
        this.decoder = new ThreadScratch(context, (long)latents * dOut);
        this.perLatent = new ThreadScratch(context, (6L * latents) + TTile.Latents);
        this.thresholds = new ThreadScratch(context, 10L * latents);
        this.preActivations = new ThreadScratch(context, (long)rows * TTile.Latents);
        this.products = new ThreadScratch(context, (long)rows * TTile.Latents);
        this.activations = new ThreadScratch(context, (long)rows * latents);
        this.gradients = new ThreadScratch(context, (long)rows * latents);
        this.encoderSums = new ThreadScratch(context, (long)latents * Strips(dIn) * TTile.Latents);
        this.decoderSums = new ThreadScratch(context, (long)latents * Strips(dOut) * TTile.Latents);
    }

    /// <summary>n of each latent, [latents].</summary>
    public float* Weights(int worker) => this.perLatent.Of(worker);

    /// <summary>What the penalty adds to the gradient of each latent's entries, for a unit of φ′, [latents].</summary>
    public float* Penalties(int worker) => Weights(worker) + this.latents;

    /// <summary>Σ φ of each latent; zeros where the penalty is linear, [latents].</summary>
    public float* Costs(int worker) => Penalties(worker) + this.latents;

    /// <summary>Σ v · φ′ of each latent, [latents].</summary>
    public float* Pulls(int worker) => Costs(worker) + this.latents;

    /// <summary>∂b_enc of each latent, [latents].</summary>
    public float* GradBEnc(int worker) => Pulls(worker) + this.latents;

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

    /// <summary>The number of active ones where others cost something, [latents].</summary>
    public float* ActiveCounts(int worker) => NearCounts(worker) + this.latents;

    /// <summary>The sum of those, [latents].</summary>
    public float* ActiveValues(int worker) => ActiveCounts(worker) + this.latents;

    /// <summary>What the gradients of active ones gain in advance where others cost something, [latents].</summary>
    public float* Pushes(int worker) => ActiveValues(worker) + this.latents;

    /// <summary>From pre-activations of gates to magnitudes, where there are such, [latents].</summary>
    public float* Gains(int worker) => Pushes(worker) + this.latents;

    /// <inheritdoc cref="Gains"/>
    public float* Shifts(int worker) => Gains(worker) + this.latents;

    /// <summary>What the entries of a latent add up to.</summary>
    public LatentSums SumsOf(int worker, int latent) => new()
    {
        Penalty = new PenaltySums { Cost = Costs(worker)[latent], Pull = Pulls(worker)[latent] },
        Active = new ActiveSums { Count = ActiveCounts(worker)[latent], Values = ActiveValues(worker)[latent] },
        NearGradients = NearSums(worker)[latent],
        NearCount = NearCounts(worker)[latent],
    };

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
        new Span<float>(Costs(worker), 3 * this.latents).Clear();
        new Span<float>(NearSums(worker), 4 * this.latents).Clear();
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
        float* pulls = Pulls(worker) + firstLatent;
        float* biases = GradBEnc(worker) + firstLatent;
        float* cuts = Cuts(worker) + firstLatent;
        Vector<float> factor = new(scale);
        for (int i = 0; i < TTile.Latents; i += Vector<float>.Count)
        {
            Vector<float> p = Vector.Load(values + i);
            Vector<int> isIdle = Vector.LessThanOrEqual(p, Vector.Load(cuts + i));
            Vector<float> z = Vector.ConditionalSelect(isIdle, Vector<float>.Zero, p);
            if (this.isGated)
            {
                Vector<float> gains = Vector.Load(Gains(worker) + firstLatent + i);
                z = GateLines.Of(gains, Vector.Load(Shifts(worker) + firstLatent + i), p, out isIdle);
            }

            Vector<float> penalty = Penalty(worker, firstLatent + i, z, isIdle, out Vector<float> pull);
            Vector<float> slope = (Vector.Load(slopes + i) * factor) + penalty;
            Vector<float> flow = AddNear(worker, firstLatent + i, p, slope);
            slope += AddActive(worker, firstLatent + i, z, isIdle);
            slope = Vector.ConditionalSelect(isIdle, Vector<float>.Zero, slope) + flow;
            Vector.Store(Vector.Load(pulls + i) + pull, pulls + i);
            Vector.Store(Vector.Load(biases + i) + slope, biases + i);
            Vector.Store(z, values + i);
            Vector.Store(slope, slopes + i);
        }

        Scatter(values, this.activations.Of(worker), row, firstLatent);
        Scatter(slopes, this.gradients.Of(worker), row, firstLatent);
    }

    /// <summary>Returns what the gradients of activations gain, and v · φ′; adds φ to what latents cost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> Penalty(int worker, int latent, Vector<float> z, Vector<int> isIdle, out Vector<float> pull)
    {
        Vector<float> ofUnit = Vector.Load(Penalties(worker) + latent);
        pull = z;
        if (this.penalty.IsLinear)
        {
            return ofUnit;
        }

        float* costs = Costs(worker) + latent;
        Vector<float> slope = this.penalty.Slope(Vector.Load(Weights(worker) + latent) * z, out Vector<float> cost);
        cost = Vector.ConditionalSelect(isIdle, Vector<float>.Zero, cost);
        Vector.Store(Vector.Load(costs) + cost, costs);
        pull = z * slope;
        return ofUnit * slope;
    }

    /// <summary>Counts active ones where others cost something; returns what their gradients gain.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> AddActive(int worker, int latent, Vector<float> z, Vector<int> isIdle)
    {
        if (!this.hasPrice)
        {
            return Vector<float>.Zero;
        }

        float* counts = ActiveCounts(worker) + latent;
        float* values = ActiveValues(worker) + latent;
        Vector<float> one = Vector.ConditionalSelect(isIdle, Vector<float>.Zero, Vector<float>.One);
        Vector.Store(Vector.Load(counts) + one, counts);
        Vector.Store(Vector.Load(values) + z, values);
        return Vector.Load(Pushes(worker) + latent);
    }

    /// <summary>Adds pre-activations near their threshold; returns what their gradients gain.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> AddNear(int worker, int latent, Vector<float> p, Vector<float> slope)
    {
        if (!this.jump.Exist)
        {
            return Vector<float>.Zero;
        }

        Vector<int> isNear = Vector.GreaterThan(p, Vector.Load(Lows(worker) + latent))
            & Vector.LessThan(p, Vector.Load(Highs(worker) + latent));
        if (!Vector.EqualsAny(isNear, Vector<int>.AllBitsSet))
        {
            return Vector<float>.Zero;
        }

        float* sums = NearSums(worker) + latent;
        float* counts = NearCounts(worker) + latent;
        Vector<float> sum = Vector.Load(sums) + Vector.ConditionalSelect(isNear, slope, Vector<float>.Zero);
        Vector.Store(sum, sums);
        Vector<float> one = Vector.ConditionalSelect(isNear, Vector<float>.One, Vector<float>.Zero);
        Vector.Store(Vector.Load(counts) + one, counts);
        if (!this.jump.FlowsToInput)
        {
            return Vector<float>.Zero;
        }

        Vector<float> flow = this.jump.Flow(Vector.Load(Cuts(worker) + latent), slope);
        return Vector.ConditionalSelect(isNear, flow, Vector<float>.Zero);
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
