using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>What kernels see of a matrix in low precision: an operand of matrix products.</summary>
internal struct OperandView
{
    /// <summary>Words of a row that a tile holds at once: 64 bytes, four chunks.</summary>
    public const int WordsInStep = 16;

    /// <summary>[rows, <see cref="WordsInRow"/>]; depth past the matrix holds zeros.</summary>
    public ArrayView<uint> Words;

    /// <summary>[rows]: at least the length of each row as products see it.</summary>
    public ArrayView<float> Norms;

    /// <summary>[rows]: at least the length of what rounding took from each row.</summary>
    public ArrayView<float> Errors;

    /// <summary>A multiple of <see cref="WordsInStep"/>.</summary>
    public int WordsInRow;
}
