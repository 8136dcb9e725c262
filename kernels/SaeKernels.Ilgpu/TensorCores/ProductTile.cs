using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>
/// The product of a tile of rows with a tile of latents, by all warps of a group: operands come to shared memory by
/// asynchronous copies, one step of depth ahead of the arithmetic.
/// </summary>
/// <remarks>
/// A step is 64 bytes of each row: four chunks of 16 bytes, whose order is turned with the row so that neither copies
/// nor matrix loads meet in a bank. Two steps are held, 32 KiB for 128 × 128: with three, or deeper ones, the limit of
/// 48 KiB that needs no driver call would be passed. Two groups fit a multiprocessor and hide each other's waits.
/// </remarks>
internal struct ProductTile
{
    /// <summary>Warps along the rows and along the latents, at most.</summary>
    public const int MostWarpRows = 2;
    public const int MostWarpColumns = 4;

    /// <summary>Fragments of shared memory that every tile gets along with.</summary>
    public const int SharedLength = 2 * StageLength;

    private const int ChunksInStep = 4;
    private const int StageLength =
        ChunksInStep * ((MostWarpRows * WarpTile.Rows) + (MostWarpColumns * WarpTile.Latents));

    public OperandView Input;
    public OperandView Weights;

    /// <summary>Rows and latents of the matrices; tiles repeat the last one past them.</summary>
    public int Rows;
    public int Latents;
    public int WarpRows;
    public int WarpColumns;

    /// <summary>Computes the products of this warp's rows and latents; called by all threads together.</summary>
    /// <param name="tile">The matrices and the split of the group.</param>
    /// <param name="firstRow">The first row of the tile.</param>
    /// <param name="firstLatent">The first latent of the tile.</param>
    /// <param name="shared">Free for use; free again when all threads have returned and met.</param>
    public static WarpTile Compute<TProduct>(
        ProductTile tile, int firstRow, int firstLatent, ArrayView<Fragment> shared)
        where TProduct : struct, IMatrixProduct
    {
        WarpTile sums = default;
        int steps = tile.Input.WordsInRow / OperandView.WordsInStep;
        CopyStep(tile, firstRow, firstLatent, 0, shared);
        AsyncCopy.Commit();
        for (int step = 0; step < steps; step++)
        {
            if (step + 1 < steps)
            {
                CopyStep(tile, firstRow, firstLatent, step + 1, shared);
            }

            // Always a group, so that all but one means: all up to this step's.
            AsyncCopy.Commit();
            AsyncCopy.WaitForAllButOne();
            GroupBarrier.Wait();
            int stage = step % 2 * StageLength;
            sums = AddChunks<TProduct>(tile, sums, stage, 0, shared);
            sums = AddChunks<TProduct>(tile, sums, stage, 2, shared);
            GroupBarrier.Wait();
        }

        return sums;
    }

    private static void CopyStep(
        ProductTile tile, int firstRow, int firstLatent, int step, ArrayView<Fragment> shared)
    {
        int stage = step % 2 * StageLength;
        int rows = tile.WarpRows * WarpTile.Rows;
        int latents = tile.WarpColumns * WarpTile.Latents;
        CopyMatrix(tile.Input, firstRow, rows, tile.Rows, step, shared, stage);
        CopyMatrix(
            tile.Weights, firstLatent, latents, tile.Latents, step, shared, stage + (rows * ChunksInStep));
    }

    private static void CopyMatrix(
        OperandView matrix, int first, int count, int rows, int step, ArrayView<Fragment> shared, int start)
    {
        ArrayView<Fragment> chunks = matrix.Words.Cast<Fragment>();
        int chunksInRow = matrix.WordsInRow / 4;
        for (int i = Group.IdxX; i < count * ChunksInStep; i += Group.DimX)
        {
            int row = i / ChunksInStep;
            int chunk = i % ChunksInStep;
            long sourceRow = IntrinsicMath.Min(first + row, rows - 1);
            long source = (sourceRow * chunksInRow) + (step * ChunksInStep) + chunk;
            int target = start + (row * ChunksInStep) + (chunk ^ Turn(row));
            AsyncCopy.Copy(ref shared[target], ref chunks[source]);
        }
    }

    // Eight neighbouring rows have eight different places for a chunk, each in banks of its own.
    private static int Turn(int row) => (row >> 1) & (ChunksInStep - 1);

    private static WarpTile AddChunks<TProduct>(
        ProductTile tile, WarpTile sums, int stage, int firstChunk, ArrayView<Fragment> shared)
        where TProduct : struct, IMatrixProduct
    {
        int lane = Group.IdxX % 32;
        int warp = Group.IdxX / 32;
        int row = warp / tile.WarpColumns * WarpTile.Rows;
        int latent = (tile.WarpRows * WarpTile.Rows) + (warp % tile.WarpColumns * WarpTile.Latents);
        // Lanes 0–15 point to the first chunk of sixteen rows, lanes 16–31 to the second. The turn of a row repeats
        // after eight rows.
        int own = (lane % 16 * ChunksInStep) + ((firstChunk + (lane / 16)) ^ Turn(lane % 16));
        int rowPlace = stage + (row * ChunksInStep) + own;
        int latentPlace = stage + (latent * ChunksInStep) + own;
        const int Sixteen = 16 * ChunksInStep;
        Fragment latents = MatrixLoad.LoadFour(ref shared[latentPlace]);
        Fragment moreLatents = MatrixLoad.LoadFour(ref shared[latentPlace + Sixteen]);
        Fragment rows0 = MatrixLoad.LoadFour(ref shared[rowPlace]);
        Fragment rows1 = MatrixLoad.LoadFour(ref shared[rowPlace + Sixteen]);
        Fragment rows2 = MatrixLoad.LoadFour(ref shared[rowPlace + (2 * Sixteen)]);
        Fragment rows3 = MatrixLoad.LoadFour(ref shared[rowPlace + (3 * Sixteen)]);
        return new WarpTile
        {
            Band0 = WarpTile.Add<TProduct>(sums.Band0, rows0, latents, moreLatents),
            Band1 = WarpTile.Add<TProduct>(sums.Band1, rows1, latents, moreLatents),
            Band2 = WarpTile.Add<TProduct>(sums.Band2, rows2, latents, moreLatents),
            Band3 = WarpTile.Add<TProduct>(sums.Band3, rows3, latents, moreLatents),
        };
    }
}
