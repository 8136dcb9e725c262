namespace SaeKernels.Ilgpu;

/// <summary>A matrix product of one warp, sums [16, 8] += a [16, depth] · b [depth, 8], chosen when compiled.</summary>
/// <remarks>
/// Both operands keep depth in two chunks of 16 bytes a row, so tiles of either precision are moved in one way:
/// <see cref="MatrixLoad"/> fills a from four 8-row matrices (rows 0–7 and 8–15 of the first chunk, then of the second)
/// and b from two (the columns of the first chunk, then of the second).
/// </remarks>
internal interface IMatrixProduct
{
    /// <summary>Elements of depth in 16 bytes; a product takes twice as many.</summary>
    static abstract int ElementsInChunk { get; }

    /// <summary>Adds a product; called by all lanes of a warp together.</summary>
    static abstract Accumulator Add(Accumulator sums, Fragment a, uint b0, uint b1);
}
