using System.Numerics;
using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Blocks of rows that take all latents in turns: activations of some latents, then their part of the reconstruction.
/// </summary>
/// <typeparam name="TTile">The tile.</typeparam>
internal unsafe struct ReluRows<TTile> : IChunkBody
    where TTile : struct, ITile
{
    // A multiple of every tile's latents: 192 of them are one strip of the decoder in the first-level cache.
    private const int LatentsPerPart = 192;
    private const int MostRows = 96;
    private readonly TileRows<TTile> input;
    private readonly ThreadScratch preActivations;
    private readonly ThreadScratch activations;
    private readonly float* bDec;
    private readonly float* sums;
    private readonly float* cuts;
    private readonly float* gains;
    private readonly float* shifts;
    private readonly int* active;
    private readonly int threads;
    private readonly int latents;
    private readonly int rows;
    private readonly int dIn;
    private readonly int dOut;
    private ReluPanels<TTile> panels;

    /// <summary>Packs the input, and makes room for the reconstruction.</summary>
    public ReluRows(CpuContext context, in ReluResidualArguments arguments)
    {
        this.input = TileRows<TTile>.Pack(context, arguments.Input);
        this.bDec = HostPointers.Of(arguments.BDec);
        this.latents = arguments.WEnc.Rows;
        this.rows = arguments.Input.Rows;
        this.dIn = arguments.Input.Columns;
        this.dOut = arguments.WDec.Columns;
        this.threads = context.Team.Threads;
        this.Chunks = Cpu.Chunks.EvenCount(this.input.Count, MostRows / TTile.Rows, this.threads);
        long rowsPerChunk = (long)Cpu.Chunks.Count(this.input.Count, Math.Max(1, this.Chunks)) * TTile.Rows;
        this.preActivations = new ThreadScratch(context, rowsPerChunk * TTile.Latents);
        this.activations = new ThreadScratch(context, rowsPerChunk * LatentsPerPart);
        this.sums = context.Scratch.Take<float>((long)this.input.Count * this.TileLength);
        this.active = context.Scratch.Take<int>((long)this.threads * this.PaddedLatents);
        new Span<int>(this.active, this.threads * this.PaddedLatents).Clear();
        this.cuts = context.Scratch.Take<float>(this.PaddedLatents);
        new Span<float>(this.cuts, this.PaddedLatents).Clear();
        float* thresholds = arguments.Threshold is null ? null : HostPointers.Of(arguments.Threshold);
        for (int latent = 0; thresholds is not null && latent < this.latents; latent++)
        {
            this.cuts[latent] = JumpRows.Of(thresholds[latent]);
        }

        if (arguments.Gate is GatedMagnitudes gate)
        {
            this.gains = Padded(context, gate.Gains);
            this.shifts = Padded(context, gate.Shifts);
        }
    }

    /// <summary>The number of blocks.</summary>
    public int Chunks { get; }

    private readonly int Strips => Cpu.Chunks.Count(this.dOut, TTile.Latents);

    private readonly long TileLength => (long)this.Strips * TTile.Rows * TTile.Latents;

    private readonly int PaddedLatents => this.latents + TTile.Latents;

    /// <summary>The same rows, to meet the next latents.</summary>
    public readonly ReluRows<TTile> With(ReluPanels<TTile> next)
    {
        ReluRows<TTile> copy = this;
        copy.panels = next;
        return copy;
    }

    /// <summary>The rows of a block.</summary>
    public readonly (int First, int Count) RowsOf(int chunk)
    {
        int first = Cpu.Chunks.EvenStart(chunk, this.Chunks, this.input.Count) * TTile.Rows;
        int end = Cpu.Chunks.EvenStart(chunk + 1, this.Chunks, this.input.Count) * TTile.Rows;
        return (first, Math.Min(end, this.rows) - first);
    }

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        (int firstRow, int count) = RowsOf(chunk);
        int firstTile = firstRow / TTile.Rows;
        int tiles = Cpu.Chunks.Count(count, TTile.Rows);
        if (this.panels.First == 0)
        {
            Begin(firstTile, tiles);
        }

        for (int first = 0; first < this.panels.Latents; first += LatentsPerPart)
        {
            int partLatents = Math.Min(LatentsPerPart, this.panels.Latents - first);
            for (int latent = 0; latent < partLatents; latent += TTile.Latents)
            {
                Encode(worker, firstTile, tiles, count, first, latent);
            }

            Decode(worker, firstTile, tiles, first, partLatents);
        }
    }

    /// <summary>residual = target − x̂ of a row.</summary>
    public readonly void Subtract(int row, float* target, float* residual)
    {
        float* tile = this.sums + (row / TTile.Rows * this.TileLength) + (row % TTile.Rows * TTile.Latents);
        for (int column = 0; column < this.dOut; column += TTile.Latents)
        {
            int count = Math.Min(TTile.Latents, this.dOut - column);
            Rows.Subtract(target + column, tile + (column * TTile.Rows), residual + column, count);
        }
    }

    /// <summary>Adds up what the threads counted.</summary>
    /// <param name="activeRows">Receives the number of rows in which each latent is active.</param>
    public readonly void CountActive(int* activeRows)
    {
        for (int latent = 0; latent < this.latents; latent++)
        {
            int sum = 0;
            for (int worker = 0; worker < this.threads; worker++)
            {
                sum += this.active[((long)worker * this.PaddedLatents) + latent];
            }

            activeRows[latent] = sum;
        }
    }

    /// <summary>Starts every row's reconstruction from the decoder's bias.</summary>
    private readonly void Begin(int firstTile, int tiles)
    {
        float* target = this.sums + (firstTile * this.TileLength);
        for (int tile = 0; tile < tiles; tile++)
        {
            for (int column = 0; column < this.dOut; column += TTile.Latents)
            {
                int present = Math.Min(TTile.Latents, this.dOut - column);
                for (int row = 0; row < TTile.Rows; row++, target += TTile.Latents)
                {
                    LatentPanels.PackBiases<TTile>(this.bDec + column, present, target);
                }
            }
        }
    }

    private readonly void Encode(int worker, int firstTile, int tiles, int count, int first, int latent)
    {
        float* values = this.preActivations.Of(worker);
        int place = first + latent;
        LatentPanels.Multiply(
            this.input, firstTile, tiles, this.dIn, this.panels.Weights(place), this.panels.Biases(place), values);
        int* counts = this.active + ((long)worker * this.PaddedLatents) + this.panels.First + place;
        int firstLatent = this.panels.First + place;
        for (int row = 0; row < count; row++)
        {
            float* ofRow = values + (row * TTile.Latents);
            if (this.gains is null)
            {
                Activate(ofRow, this.cuts + firstLatent, counts);
            }
            else
            {
                Open(ofRow, this.gains + firstLatent, this.shifts + firstLatent, counts);
            }
        }

        for (int tile = 0; tile < tiles; tile++)
        {
            float* target = this.activations.Of(worker) + ((((long)tile * LatentsPerPart) + latent) * TTile.Rows);
            float* source = values + (tile * TTile.Rows * TTile.Latents);
            Transposition.Run(source, TTile.Latents, TTile.Rows, TTile.Latents, target, TTile.Rows);
        }
    }

    /// <summary>Takes what is active of a row, NaN included, and counts.</summary>
    private static void Activate(float* values, float* cuts, int* counts)
    {
        for (int i = 0; i < TTile.Latents; i += Vector<float>.Count)
        {
            Vector<float> p = Vector.Load(values + i);
            Vector<int> isIdle = Vector.LessThanOrEqual(p, Vector.Load(cuts + i));
            Vector.Store(Vector.ConditionalSelect(isIdle, Vector<float>.Zero, p), values + i);
            Vector.Store(Vector.Load(counts + i) + Vector<int>.One + isIdle, counts + i);
        }
    }

    /// <summary>Takes the magnitudes of a row from pre-activations of its gates, NaN included, and counts.</summary>
    private static void Open(float* values, float* gains, float* shifts, int* counts)
    {
        for (int i = 0; i < TTile.Latents; i += Vector<float>.Count)
        {
            Vector<float> magnitudes = GateLines.Of(
                Vector.Load(gains + i), Vector.Load(shifts + i), Vector.Load(values + i), out Vector<int> isIdle);
            Vector.Store(magnitudes, values + i);
            Vector.Store(Vector.Load(counts + i) + Vector<int>.One + isIdle, counts + i);
        }
    }

    /// <summary>A number for each latent, and zeros for those of the last panel that do not exist.</summary>
    private readonly float* Padded(CpuContext context, RealBuffer numbers)
    {
        float* padded = context.Scratch.Take<float>(this.PaddedLatents);
        new Span<float>(padded, this.PaddedLatents).Clear();
        new Span<float>(HostPointers.Of(numbers), this.latents).CopyTo(new Span<float>(padded, this.latents));
        return padded;
    }

    private readonly void Decode(int worker, int firstTile, int tiles, int first, int count)
    {
        ColumnStrips<TTile> decoder = this.panels.Decoder;
        for (int strip = 0; strip < decoder.Count; strip++)
        {
            float* columns = decoder.Strip(strip, first);
            for (int tile = 0; tile < tiles; tile++)
            {
                float* sum = this.sums + ((firstTile + tile) * this.TileLength)
                    + (strip * TTile.Rows * TTile.Latents);
                float* factors = this.activations.Of(worker) + ((long)tile * LatentsPerPart * TTile.Rows);
                TTile.MultiplyAdd(factors, columns, count, sum, TTile.Latents, sum, ahead: columns, aheadStep: 0);
            }
        }
    }
}
