namespace SaeKernels.Cpu;

/// <summary>
/// XᵀX of a matrix with many rows: a block of rows after another, of which tiles of products take one part each.
/// </summary>
/// <remarks>
/// Every product is one chain over the rows, ascending and fused, that goes on from block to block. Those above the
/// diagonal are computed and mirrored: the factors of a term commute, so the others would have the same bits.
/// </remarks>
/// <typeparam name="TTile">The tile.</typeparam>
internal readonly unsafe struct GramProduct<TTile>
    where TTile : struct, ITile
{
    // 512 rows of a strip of 32 columns are 64 KiB, which the second-level cache keeps for all tiles.
    private const int RowsPerBlock = 512;
    private readonly ThreadScratch panels;
    private readonly float* packed;
    private readonly float* sums;
    private readonly int columns;
    private readonly int strips;

    /// <summary>Takes memory for products of matrices of one width.</summary>
    /// <param name="context">Threads and scratch memory.</param>
    /// <param name="columns">The width.</param>
    public GramProduct(CpuContext context, int columns)
    {
        this.columns = columns;
        this.strips = Chunks.Count(columns, TTile.Latents);
        this.panels = new ThreadScratch(context, ((long)RowsPerBlock * TTile.Rows) + TTile.Latents);
        this.packed = context.Scratch.Take<float>((long)this.strips * RowsPerBlock * TTile.Latents);
        this.sums = context.Scratch.Take<float>((long)this.TileRows * this.strips * TTile.Rows * TTile.Latents);
    }

    private int TileRows => Chunks.Count(this.columns, TTile.Rows);

    /// <summary>Computes a product.</summary>
    /// <param name="context">Threads.</param>
    /// <param name="matrix">X, [rows][columns].</param>
    /// <param name="rows">The number of rows; at least 1.</param>
    /// <param name="result">Receives XᵀX, [columns][columns].</param>
    public void Run(CpuContext context, float* matrix, int rows, float* result)
    {
        Body body = new() { Product = this, Result = result };
        for (int row = 0; row < rows; row += RowsPerBlock)
        {
            body.Source = matrix + ((long)row * this.columns);
            body.Rows = Math.Min(RowsPerBlock, rows - row);
            body.IsFirst = row == 0;
            body.IsLast = row + RowsPerBlock >= rows;
            body.Strips = ColumnStrips<TTile>.Pack(context, body.Source, body.Rows, this.columns, this.packed);
            context.Team.For(this.TileRows, body);
        }
    }

    private struct Body : IChunkBody
    {
        public GramProduct<TTile> Product;
        public ColumnStrips<TTile> Strips;
        public float* Source;
        public float* Result;
        public int Rows;
        public bool IsFirst;
        public bool IsLast;

        public readonly void Run(int chunk, int worker)
        {
            int first = chunk * TTile.Rows;
            int present = Math.Min(TTile.Rows, this.Product.columns - first);
            float* zeros = this.Product.panels.Of(worker);
            float* panel = zeros + TTile.Latents;
            new Span<float>(zeros, TTile.Latents).Clear();
            Pack(first, present, panel);
            for (int strip = first / TTile.Latents; strip < this.Product.strips; strip++)
            {
                float* tile = Tile(chunk, strip);
                float* columns = this.Strips.Strip(strip, 0);
                TTile.MultiplyAdd(
                    panel,
                    columns,
                    this.Rows,
                    this.IsFirst ? zeros : tile,
                    this.IsFirst ? 0 : TTile.Latents,
                    tile,
                    columns,
                    0);
            }

            for (int row = 0; this.IsLast && row < present; row++)
            {
                Store(chunk, row);
            }
        }

        private readonly void Pack(int first, int present, float* panel)
        {
            for (int row = 0; row < this.Rows; row++, panel += TTile.Rows)
            {
                Span<float> target = new(panel, TTile.Rows);
                new Span<float>(this.Source + ((long)row * this.Product.columns) + first, present).CopyTo(target);
                target[present..].Clear();
            }
        }

        /// <summary>Stores the products of a column with itself and those after it, on both sides.</summary>
        private readonly void Store(int chunk, int row)
        {
            int size = this.Product.columns;
            int i = (chunk * TTile.Rows) + row;
            for (int j = i; j < size; j++)
            {
                float product = Tile(chunk, j / TTile.Latents)[(row * TTile.Latents) + (j % TTile.Latents)];
                this.Result[((long)i * size) + j] = product;
                this.Result[((long)j * size) + i] = product;
            }
        }

        private readonly float* Tile(int chunk, int strip) =>
            this.Product.sums + ((((long)chunk * this.Product.strips) + strip) * TTile.Rows * TTile.Latents);
    }
}
