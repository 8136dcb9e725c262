namespace SaeKernels.Ilgpu;

/// <summary>A copy in low precision that a kernel writes while it changes a matrix, or does not.</summary>
internal interface IShadow
{
    /// <summary>Rounds and stores a number; returns the squares with it.</summary>
    static abstract RoundedSquares Store(OperandView shadow, int row, int column, float value, RoundedSquares squares);

    /// <summary>Rounds and stores four numbers; the column is a multiple of four.</summary>
    static abstract RoundedSquares Store(
        OperandView shadow, int row, int column, float x, float y, float z, float w, RoundedSquares squares);

    /// <summary>Stores upper bounds of the lengths of a row; called by one thread.</summary>
    static abstract void StoreLengths(OperandView shadow, int row, RoundedSquares squares, float inflation);
}
