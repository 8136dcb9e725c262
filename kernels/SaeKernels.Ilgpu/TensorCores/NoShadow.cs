namespace SaeKernels.Ilgpu;

/// <summary>No copy: for encoders in float32.</summary>
internal readonly struct NoShadow : IShadow
{
    public static RoundedSquares Store(
        OperandView shadow, int row, int column, float value, RoundedSquares squares) => squares;

    public static RoundedSquares Store(
        OperandView shadow, int row, int column, float x, float y, float z, float w, RoundedSquares squares) =>
        squares;

    public static void StoreLengths(OperandView shadow, int row, RoundedSquares squares, float inflation)
    {
    }
}
