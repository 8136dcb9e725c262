namespace SaeKernels.Ilgpu;

/// <summary>A matrix product of one warp, sums [16, 8] += a [16, depth] · b [depth, 8], chosen when compiled.</summary>
/// <remarks>
/// Both operands keep depth in two chunks of 16 bytes a row, so tiles of either precision are moved in one way:
/// <see cref="MatrixLoad"/> fills a from four 8-row matrices (rows 0–7 and 8–15 of the first chunk, then of the second)
/// and b from two (the columns of the first chunk, then of the second).
/// </remarks>
internal interface IMatrixProduct
{
    /// <summary>The instruction, for people.</summary>
    static abstract string Instruction { get; }

    /// <summary>Elements of depth in a word of an operand: 1 or 2.</summary>
    static abstract int ElementsInWord { get; }

    /// <summary>Returns the word of two elements; the second does not count where a word has one.</summary>
    static abstract uint Round(float first, float second);

    /// <summary>Returns what a product sees of the first element of a word.</summary>
    static abstract float First(uint word);

    /// <summary>Returns what a product sees of the second element of a word; 0 where there is none.</summary>
    static abstract float Second(uint word);

    /// <summary>Adds a product; called by all lanes of a warp together.</summary>
    static abstract Accumulator Add(Accumulator sums, Fragment a, uint b0, uint b1);
}
