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

    /// <summary>The depth of a product: the columns of the matrix and the zeros behind them.</summary>
    public int Depth;

    /// <summary>No operand: one word that nobody reads or writes, as kernels take no view of nothing.</summary>
    public static OperandView Empty(KernelDevice device)
    {
        ArrayView<float> number = device.Scratch.Real("OperandView.Empty", 1);
        return new OperandView { Words = number.Cast<uint>(), Norms = number, Errors = number };
    }
}
