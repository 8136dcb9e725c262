using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>Sums of squares of a row: of what a product sees of it, and of what rounding took.</summary>
internal struct RoundedSquares
{
    public float Seen;
    public float Lost;

    public static RoundedSquares Add(RoundedSquares squares, float value, float seen)
    {
        float lost = value - seen;
        return new RoundedSquares { Seen = Fma(seen, seen, squares.Seen), Lost = Fma(lost, lost, squares.Lost) };
    }
}
