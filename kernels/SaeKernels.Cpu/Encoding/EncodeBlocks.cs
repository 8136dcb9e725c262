using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>Encodes blocks of rows: all latents pass by, tile after tile, and each row keeps its best.</summary>
/// <typeparam name="TTile">The tile.</typeparam>
internal unsafe struct EncodeBlocks<TTile> : IChunkBody
    where TTile : struct, ITile
{
    // 96 rows use each panel often enough to hide that it comes from memory; their inputs stay in the next cache.
    private const int MostRows = 96;

    // A panel's part of this depth is 32 KiB for the widest tile: it stays in the first-level cache for all rows.
    private const int MostDepth = 256;

    private readonly EncoderPanels<TTile> panels;
    private readonly Candidates candidates;
    private readonly Candidates auxCandidates;
    private readonly float* input;
    private readonly float* packedInput;
    private readonly float* preActivations;
    private readonly int* indices;
    private readonly float* values;
    private readonly int* auxIndices;
    private readonly float* auxValues;
    private readonly int rows;
    private readonly int dIn;
    private readonly int k;
    private readonly int auxK;
    private readonly int tilesPerBlock;
    private readonly int depthPerPart;

    public EncodeBlocks(CpuContext context, in EncodeTopKArguments arguments, EncoderPanels<TTile> panels, int auxK)
    {
        this.rows = arguments.Input.Rows;
        this.dIn = arguments.Input.Columns;
        this.k = arguments.K;
        this.auxK = auxK;
        this.panels = panels;
        this.tilesPerBlock = TilesPerBlock(Chunks.Count(this.rows, TTile.Rows), context.Team.Threads);
        this.depthPerPart = Chunks.Count(this.dIn, Chunks.Count(this.dIn, MostDepth));
        long slots = (long)context.Team.Threads * this.tilesPerBlock * TTile.Rows;
        this.packedInput = context.Scratch.Take<float>(slots * this.dIn);
        this.preActivations = context.Scratch.Take<float>(slots * TTile.Latents);
        this.candidates = new Candidates(context.Scratch, slots, this.k);
        this.input = HostPointers.Of(arguments.Input);
        this.indices = HostPointers.Of(arguments.Codes.Indices);
        this.values = HostPointers.Of(arguments.Codes.Values);
        if (auxK > 0)
        {
            this.auxCandidates = new Candidates(context.Scratch, slots, auxK);
            this.auxIndices = HostPointers.Of(arguments.Aux!.Value.Codes.Indices);
            this.auxValues = HostPointers.Of(arguments.Aux.Value.Codes.Values);
        }
    }

    /// <summary>The number of blocks.</summary>
    public readonly int Count => Chunks.Count(this.rows, this.tilesPerBlock * TTile.Rows);

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        int firstRow = chunk * this.tilesPerBlock * TTile.Rows;
        int count = Math.Min(this.tilesPerBlock * TTile.Rows, this.rows - firstRow);
        long firstSlot = (long)worker * this.tilesPerBlock * TTile.Rows;
        PackInput(firstRow, count, firstSlot);
        for (int row = 0; row < count; row++)
        {
            this.candidates.Clear(firstSlot + row);
            if (this.auxK > 0)
            {
                this.auxCandidates.Clear(firstSlot + row);
            }
        }

        for (int panel = 0; panel < this.panels.Count; panel++)
        {
            MultiplyPanel(panel, Chunks.Count(count, TTile.Rows), firstSlot);
            Offer(panel, count, firstSlot);
        }

        for (int row = 0; row < count; row++)
        {
            long slot = firstSlot + row;
            long entry = (long)(firstRow + row) * this.k;
            this.candidates.Store(slot, this.indices + entry, this.values + entry);
            if (this.auxK > 0)
            {
                long auxEntry = (long)(firstRow + row) * this.auxK;
                this.auxCandidates.Store(slot, this.auxIndices + auxEntry, this.auxValues + auxEntry);
            }
        }
    }

    /// <summary>Blocks as equal as possible, as many as the threads can share evenly.</summary>
    private static int TilesPerBlock(int tiles, int threads)
    {
        int most = MostRows / TTile.Rows;
        int rounds = Math.Max(1, Chunks.Count(Chunks.Count(tiles, threads), most));
        return Math.Max(1, Chunks.Count(tiles, threads * rounds));
    }

    /// <summary>Interleaves the rows of each tile, [tile][d][row]; rows beyond the batch are zero.</summary>
    private readonly void PackInput(int firstRow, int count, long firstSlot)
    {
        for (int row = 0; row < count; row += TTile.Rows)
        {
            int present = Math.Min(TTile.Rows, count - row);
            float* source = this.input + ((long)(firstRow + row) * this.dIn);
            float* target = this.packedInput + ((firstSlot + row) * this.dIn);
            if (present < TTile.Rows)
            {
                new Span<float>(target, TTile.Rows * this.dIn).Clear();
            }

            Transposition.Run(source, this.dIn, present, this.dIn, target, TTile.Rows);
        }
    }

    private readonly void MultiplyPanel(int panel, int tiles, long firstSlot)
    {
        float* weights = this.panels.Weights(panel);
        for (int d = 0; d < this.dIn; d += this.depthPerPart)
        {
            int depth = Math.Min(this.depthPerPart, this.dIn - d);
            for (int tile = 0; tile < tiles; tile++)
            {
                long slot = firstSlot + (tile * TTile.Rows);
                float* result = this.preActivations + (slot * TTile.Latents);
                TTile.MultiplyAdd(
                    this.packedInput + (slot * this.dIn) + (d * TTile.Rows),
                    weights + (d * TTile.Latents),
                    depth,
                    d == 0 ? this.panels.Biases(panel) : result,
                    d == 0 ? 0 : TTile.Latents,
                    result);
            }
        }
    }

    private readonly void Offer(int panel, int count, long firstSlot)
    {
        uint existing = this.panels.Existing(panel);
        uint flagged = this.auxK > 0 ? this.panels.Flagged(panel) : 0;
        int firstLatent = panel * TTile.Latents;
        for (int row = 0; row < count; row++)
        {
            long slot = firstSlot + row;
            float* values = this.preActivations + (slot * TTile.Latents);
            uint accepted = TTile.NotBelow(values, this.candidates.Threshold(slot)) & existing;
            if (accepted != 0)
            {
                this.candidates.Add(slot, values, accepted, firstLatent);
            }

            if (flagged != 0)
            {
                uint auxAccepted = TTile.NotBelow(values, this.auxCandidates.Threshold(slot)) & flagged;
                this.auxCandidates.Add(slot, values, auxAccepted, firstLatent);
            }
        }
    }
}
