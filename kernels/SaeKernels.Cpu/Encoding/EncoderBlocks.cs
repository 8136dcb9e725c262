namespace SaeKernels.Cpu;

/// <summary>How the rows of a batch are cut for encoding.</summary>
internal static class EncoderBlocks
{
    /// <summary>
    /// The most rows of a block: 96 use each panel often enough to hide that it comes from memory, and their inputs
    /// stay in the next cache.
    /// </summary>
    public const int MostRows = 96;
}

/// <summary>Encodes blocks of rows: all latents pass by, tile after tile, and a selection keeps its part.</summary>
/// <typeparam name="TTile">The tile.</typeparam>
/// <typeparam name="TSelection">The selection.</typeparam>
internal unsafe struct EncoderBlocks<TTile, TSelection> : IChunkBody
    where TTile : struct, ITile
    where TSelection : unmanaged, ISelection
{
    // A panel's part of this depth is 32 KiB for the widest tile: it stays in the first-level cache for all rows.
    private const int MostDepth = 256;

    private readonly EncoderPanels<TTile> panels;
    private readonly TSelection selection;
    private readonly TopKSelection aux;
    private readonly float* input;
    private readonly float* packedInput;
    private readonly float* preActivations;
    private readonly int* rowList;
    private readonly int rows;
    private readonly int dIn;
    private readonly int tiles;
    private readonly int slotsPerThread;
    private readonly int depthPerPart;

    /// <summary>Cuts a batch into blocks.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="inputs">What is encoded.</param>
    /// <param name="panels">The packed encoder.</param>
    /// <param name="selection">Takes the pre-activations of all latents.</param>
    /// <param name="aux">Takes those of flagged latents, where it keeps any.</param>
    public EncoderBlocks(
        CpuContext context,
        in EncoderInputs inputs,
        EncoderPanels<TTile> panels,
        TSelection selection,
        TopKSelection aux)
    {
        this.rows = inputs.RowCount;
        this.rowList = inputs.RowList;
        this.dIn = inputs.Input.Columns;
        this.selection = selection;
        this.aux = aux;
        this.panels = panels;
        this.tiles = Chunks.Count(this.rows, TTile.Rows);
        this.Count = Chunks.EvenCount(this.tiles, EncoderBlocks.MostRows / TTile.Rows, context.Team.Threads);
        this.slotsPerThread = Chunks.Count(this.tiles, this.Count) * TTile.Rows;
        this.depthPerPart = Chunks.Count(this.dIn, Chunks.Count(this.dIn, MostDepth));
        long slots = (long)context.Team.Threads * this.slotsPerThread;
        this.packedInput = context.Scratch.Take<float>(slots * this.dIn);
        this.preActivations = context.Scratch.Take<float>(slots * TTile.Latents);
        this.input = HostPointers.Of(inputs.Input);
    }

    /// <summary>The number of blocks.</summary>
    public int Count { get; }

    /// <inheritdoc/>
    public readonly void Run(int chunk, int worker)
    {
        int firstRow = Chunks.EvenStart(chunk, this.Count, this.tiles) * TTile.Rows;
        int endRow = Math.Min(this.rows, Chunks.EvenStart(chunk + 1, this.Count, this.tiles) * TTile.Rows);
        int count = endRow - firstRow;
        long firstSlot = (long)worker * this.slotsPerThread;
        PackInput(firstRow, count, firstSlot);
        for (int row = 0; row < count; row++)
        {
            this.selection.Begin(worker, firstSlot + row, RowAt(firstRow + row));
            if (this.aux.K > 0)
            {
                this.aux.Begin(worker, firstSlot + row, RowAt(firstRow + row));
            }
        }

        for (int panel = 0; panel < this.panels.Count; panel++)
        {
            MultiplyPanel(panel, Chunks.Count(count, TTile.Rows), firstSlot);
            Offer(worker, panel, firstRow, count, firstSlot);
        }

        for (int row = 0; row < count; row++)
        {
            this.selection.End(firstSlot + row, RowAt(firstRow + row));
            if (this.aux.K > 0)
            {
                this.aux.End(firstSlot + row, RowAt(firstRow + row));
            }
        }
    }

    private readonly int RowAt(int row) => this.rowList == null ? row : this.rowList[row];

    /// <summary>Interleaves the rows of each tile, [tile][d][row]; rows beyond the batch are zero.</summary>
    private readonly void PackInput(int firstRow, int count, long firstSlot)
    {
        for (int row = 0; row < count; row += TTile.Rows)
        {
            int present = Math.Min(TTile.Rows, count - row);
            float* target = this.packedInput + ((firstSlot + row) * this.dIn);
            if (present < TTile.Rows)
            {
                new Span<float>(target, TTile.Rows * this.dIn).Clear();
            }

            if (this.rowList == null)
            {
                float* source = this.input + ((long)(firstRow + row) * this.dIn);
                Transposition.Run(source, this.dIn, present, this.dIn, target, TTile.Rows);
                continue;
            }

            for (int i = 0; i < present; i++)
            {
                float* source = this.input + ((long)this.rowList[firstRow + row + i] * this.dIn);
                Transposition.Run(source, this.dIn, 1, this.dIn, target + i, TTile.Rows);
            }
        }
    }

    private readonly void MultiplyPanel(int panel, int tiles, long firstSlot)
    {
        float* weights = this.panels.Weights(panel);
        for (int d = 0; d < this.dIn; d += this.depthPerPart)
        {
            int depth = Math.Min(this.depthPerPart, this.dIn - d);
            // While the tiles of a part multiply, each fetches its share of the part that comes next: waiting for
            // memory took a tenth of the time (768 × 24,576, Zen 5, 2026-11-23).
            int share = Chunks.Count(TTile.Latents, tiles);
            float* next = weights + ((d + depth) * TTile.Latents);
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
                    result,
                    next + (tile * share * depth),
                    share);
            }
        }
    }

    private readonly void Offer(int worker, int panel, int firstRow, int count, long firstSlot)
    {
        // A variable of its own: each call on a field of a generic type copies it, 13 ns on some stacks (2026-11-23).
        TSelection taker = this.selection;
        uint existing = this.panels.Existing(panel);
        int firstLatent = panel * TTile.Latents;
        uint* accepted = stackalloc uint[EncoderBlocks.MostRows];
        int* found = stackalloc int[EncoderBlocks.MostRows];
        int rowsFound = 0;
        for (int row = 0; row < count; row++)
        {
            uint mask = taker.Accept<TTile>(worker, firstSlot + row, Values(firstSlot + row), firstLatent);
            accepted[rowsFound] = mask & existing;
            found[rowsFound] = row;
            // Without a branch: whether a row has a candidate cannot be foreseen.
            rowsFound += (mask & existing) != 0 ? 1 : 0;
        }

        for (int i = 0; i < rowsFound; i++)
        {
            long slot = firstSlot + found[i];
            int row = RowAt(firstRow + found[i]);
            taker.Add(worker, slot, row, Values(slot), accepted[i], firstLatent);
        }

        if (this.aux.K > 0 && this.panels.Flagged(panel) != 0)
        {
            OfferAux(worker, panel, firstRow, count, firstSlot);
        }
    }

    private readonly void OfferAux(int worker, int panel, int firstRow, int count, long firstSlot)
    {
        int firstLatent = panel * TTile.Latents;
        for (int row = 0; row < count; row++)
        {
            long slot = firstSlot + row;
            uint accepted = this.aux.Accept<TTile>(worker, slot, Values(slot), firstLatent)
                & this.panels.Flagged(panel);
            this.aux.Add(worker, slot, RowAt(firstRow + row), Values(slot), accepted, firstLatent);
        }
    }

    private readonly float* Values(long slot) => this.preActivations + (slot * TTile.Latents);
}
