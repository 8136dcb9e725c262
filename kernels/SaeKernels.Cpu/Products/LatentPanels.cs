namespace SaeKernels.Cpu;

/// <summary>Rows of latents as a tile multiplies them, [panel][column][latent of the panel].</summary>
internal static unsafe class LatentPanels
{
    // One cache line of each row at a time.
    private const int ColumnsPerBlock = 16;

    // A panel's part of this depth is 32 KiB for the widest tile: it stays in the first-level cache for many rows.
    private const int MostDepth = 256;

    /// <summary>Packs a panel; latents beyond those present are zeros.</summary>
    /// <param name="rows">The first latent's row.</param>
    /// <param name="present">Latents that exist, at most TTile.Latents.</param>
    /// <param name="columns">Numbers in a row.</param>
    /// <param name="panel">Receives [columns][TTile.Latents].</param>
    /// <typeparam name="TTile">The tile.</typeparam>
    public static void Pack<TTile>(float* rows, int present, int columns, float* panel)
        where TTile : struct, ITile
    {
        if (present < TTile.Latents)
        {
            new Span<float>(panel, TTile.Latents * columns).Clear();
        }

        for (int column = 0; present > 0 && column < columns; column += ColumnsPerBlock)
        {
            int count = Math.Min(ColumnsPerBlock, columns - column);
            float* target = panel + (column * TTile.Latents);
            Transposition.Run(rows + column, columns, present, count, target, TTile.Latents);
        }
    }

    /// <summary>Packs biases; those beyond the latents present are zeros.</summary>
    public static void PackBiases<TTile>(float* biases, int present, float* panel)
        where TTile : struct, ITile
    {
        Span<float> target = new(panel, TTile.Latents);
        new Span<float>(biases, present).CopyTo(target);
        target[present..].Clear();
    }

    /// <summary>Multiplies tiles of rows by a panel: chains from given numbers on, columns ascending.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="firstTile">The first tile of rows.</param>
    /// <param name="tiles">How many tiles.</param>
    /// <param name="columns">Multiply-adds in a chain.</param>
    /// <param name="panel">The panel, [columns][TTile.Latents].</param>
    /// <param name="start">What the chains of a row start from, [TTile.Latents].</param>
    /// <param name="results">Receives [tiles][TTile.Rows][TTile.Latents].</param>
    /// <typeparam name="TTile">The tile.</typeparam>
    public static void Multiply<TTile>(
        in TileRows<TTile> rows, int firstTile, int tiles, int columns, float* panel, float* start, float* results)
        where TTile : struct, ITile
    {
        int part = Chunks.Count(columns, Chunks.Count(columns, MostDepth));
        for (int column = 0; column < columns; column += part)
        {
            int depth = Math.Min(part, columns - column);
            for (int tile = 0; tile < tiles; tile++)
            {
                float* result = results + (tile * TTile.Rows * TTile.Latents);
                TTile.MultiplyAdd(
                    rows.Tile(firstTile + tile) + (column * TTile.Rows),
                    panel + (column * TTile.Latents),
                    depth,
                    column == 0 ? start : result,
                    column == 0 ? 0 : TTile.Latents,
                    result,
                    panel,
                    0);
            }
        }
    }
}
