using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Rows of a matrix as a tile multiplies them, [tile][column][row of the tile]; rows beyond the last are zeros.
/// </summary>
/// <typeparam name="TTile">The tile.</typeparam>
internal readonly unsafe struct TileRows<TTile> : IChunkBody
    where TTile : struct, ITile
{
    private readonly float* source;
    private readonly float* packed;
    private readonly int rows;
    private readonly int columns;

    private TileRows(CpuContext context, RealMatrix matrix)
    {
        this.source = HostPointers.Of(matrix);
        this.rows = matrix.Rows;
        this.columns = matrix.Columns;
        this.packed = context.Scratch.Take<float>((long)this.Count * TTile.Rows * this.columns);
    }

    /// <summary>The number of tiles.</summary>
    public int Count => Chunks.Count(this.rows, TTile.Rows);

    /// <summary>Packs a matrix into scratch memory.</summary>
    public static TileRows<TTile> Pack(CpuContext context, RealMatrix matrix)
    {
        TileRows<TTile> tiles = new(context, matrix);
        context.Team.For(tiles.Count, tiles);
        return tiles;
    }

    /// <summary>A tile, [columns][TTile.Rows].</summary>
    public float* Tile(int tile) => this.packed + ((long)tile * TTile.Rows * this.columns);

    /// <inheritdoc/>
    public void Run(int chunk, int worker)
    {
        int first = chunk * TTile.Rows;
        int present = Math.Min(TTile.Rows, this.rows - first);
        if (present < TTile.Rows)
        {
            new Span<float>(Tile(chunk), TTile.Rows * this.columns).Clear();
        }

        Transposition.Run(
            this.source + ((long)first * this.columns), this.columns, present, this.columns, Tile(chunk), TTile.Rows);
    }
}
