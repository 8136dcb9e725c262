namespace SaeKernels.Cpu;

/// <summary>
/// The tile of 8-bit products on operands that lie in the first cache: the rate that its encoder aims at.
/// </summary>
/// <param name="tiles">Tiles in a chunk.</param>
internal readonly unsafe struct Int8TileRate(int tiles) : IChunkBody
{
    // 6 KiB of inputs and 16 KiB of weights, as a tile of 512 inputs has them.
    private const int Steps = 128;

    /// <summary>Operations of a chunk: a multiply-add counts as two.</summary>
    public double OperationsPerChunk => 2.0 * Int8Tile.Rows * Int8Tile.Latents * Int8Tile.Depth * Steps * tiles;

    /// <inheritdoc/>
    public void Run(int chunk, int worker)
    {
        byte* x = stackalloc byte[Steps * Int8Tile.Rows * Int8Tile.Depth];
        sbyte* w = stackalloc sbyte[Steps * Int8Tile.Latents * Int8Tile.Depth];
        int* start = stackalloc int[Int8Tile.Latents];
        int* result = stackalloc int[Int8Tile.Rows * Int8Tile.Latents];
        for (int tile = 0; tile < tiles; tile++)
        {
            Int8Tile.MultiplyAdd(x, w, Steps, start, result);
        }
    }
}
