namespace SaeKernels.Cpu;

/// <summary>X ← X·P with a square P: rows are copied, multiplied and written back, a chunk at a time.</summary>
/// <remarks>Every product is one chain over the columns of X, ascending and fused.</remarks>
/// <typeparam name="TTile">The tile.</typeparam>
internal readonly unsafe struct RowProduct<TTile> : IChunkBody
    where TTile : struct, ITile
{
    // A multiple of the sides of every tile: 12, 6 and 8 rows.
    private const int RowsPerChunk = 96;

    // A strip's part of this depth stays in the first-level cache while the tiles of a chunk go by.
    private const int MostDepth = 256;
    private readonly ThreadScratch rows;
    private readonly ThreadScratch products;
    private readonly float* packed;
    private readonly float* matrix;
    private readonly int height;
    private readonly int width;

    /// <summary>Takes memory for products of one matrix.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="matrix">X, [height][width].</param>
    /// <param name="height">Its rows.</param>
    /// <param name="width">Its columns.</param>
    public RowProduct(CpuContext context, float* matrix, int height, int width)
    {
        this.matrix = matrix;
        this.height = height;
        this.width = width;
        this.rows = new ThreadScratch(context, (long)RowsPerChunk * width);
        this.products = new ThreadScratch(context, (RowsPerChunk + 1L) * TTile.Latents);
        this.packed = context.Scratch.Take<float>(
            (long)Chunks.Count(width, TTile.Latents) * TTile.Latents * width);
    }

    /// <summary>Multiplies the matrix.</summary>
    /// <param name="context">Threads.</param>
    /// <param name="factor">P, [width][width].</param>
    public void Run(CpuContext context, float* factor)
    {
        _ = ColumnStrips<TTile>.Pack(context, factor, this.width, this.width, this.packed);
        context.Team.For(Chunks.Count(this.height, RowsPerChunk), this);
    }

    /// <inheritdoc/>
    public void Run(int chunk, int worker)
    {
        int first = chunk * RowsPerChunk;
        int present = Chunks.End(chunk, RowsPerChunk, this.height) - first;
        int tiles = Chunks.Count(present, TTile.Rows);
        PackRows(first, present, worker);
        for (int column = 0; column < this.width; column += TTile.Latents)
        {
            Multiply(column / TTile.Latents, tiles, worker);
            float* products = this.products.Of(worker) + TTile.Latents;
            int count = Math.Min(TTile.Latents, this.width - column);
            for (int row = first; row < first + present; row++, products += TTile.Latents)
            {
                float* target = this.matrix + ((long)row * this.width) + column;
                new Span<float>(products, count).CopyTo(new Span<float>(target, count));
            }
        }
    }

    private void PackRows(int first, int present, int worker)
    {
        float* tile = this.rows.Of(worker);
        for (int row = 0; row < present; row += TTile.Rows, tile += TTile.Rows * (long)this.width)
        {
            int count = Math.Min(TTile.Rows, present - row);
            if (count < TTile.Rows)
            {
                new Span<float>(tile, TTile.Rows * this.width).Clear();
            }

            float* source = this.matrix + ((long)(first + row) * this.width);
            Transposition.Run(source, this.width, count, this.width, tile, TTile.Rows);
        }
    }

    private void Multiply(int strip, int tiles, int worker)
    {
        float* zeros = this.products.Of(worker);
        new Span<float>(zeros, TTile.Latents).Clear();
        float* panel = this.packed + ((long)strip * this.width * TTile.Latents);
        for (int k = 0; k < this.width; k += MostDepth)
        {
            float* part = panel + ((long)k * TTile.Latents);
            float* result = zeros + TTile.Latents;
            for (int tile = 0; tile < tiles; tile++, result += TTile.Rows * TTile.Latents)
            {
                float* left = this.rows.Of(worker) + ((((long)tile * this.width) + k) * TTile.Rows);
                TTile.MultiplyAdd(
                    left,
                    part,
                    Math.Min(MostDepth, this.width - k),
                    k == 0 ? zeros : result,
                    k == 0 ? 0 : TTile.Latents,
                    result,
                    part,
                    0);
            }
        }
    }
}
