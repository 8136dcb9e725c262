using ILGPU;
using static SaeKernels.Ilgpu.FusedMultiplyAdd;

namespace SaeKernels.Ilgpu;

/// <summary>
/// Computes   v̂ = v rounded to the precision of a product, and upper bounds of ‖v̂‖ and ‖v − v̂‖, for every row
/// Work       6 · rows · columns FLOP
/// Traffic    4 · rows · columns read, 2 (bf16) or 4 (tf32) · rows · columns written → bound by memory
/// Launch     groups take rows in turns, threads take words in turns
/// Shared     1.1 KiB        Barriers  4 a row
/// Order      words in a fixed tree; deterministic
/// Error      v − v̂ is exact in float32; the bounds are rounded up, so never below the exact lengths
/// Source     PTX ISA, "cvt": to the nearest, ties to even (bf16) or away from 0 (tf32)
/// </summary>
internal sealed class RoundOperand
{
    private readonly KernelDevice device;
    private readonly Kernel<Parameters> kernel;
    private readonly int elementsInWord;

    private RoundOperand(KernelDevice device, Action<Parameters> body, int elementsInWord)
    {
        this.device = device;
        this.kernel = new Kernel<Parameters>(device, body);
        this.elementsInWord = elementsInWord;
    }

    /// <summary>Rounds for one kind of product.</summary>
    public static RoundOperand For<TProduct>(KernelDevice device)
        where TProduct : struct, IMatrixProduct => new(device, RoundRows<TProduct>, TProduct.ElementsInWord);

    /// <summary>Rounds a matrix into memory of a name.</summary>
    public OperandView Run(string name, ArrayView<float> matrix, int rows, int columns)
    {
        int words = (columns + this.elementsInWord - 1) / this.elementsInWord;
        int steps = (words + OperandView.WordsInStep - 1) / OperandView.WordsInStep;
        OperandView operand = new()
        {
            WordsInRow = steps * OperandView.WordsInStep,
            Depth = steps * OperandView.WordsInStep * this.elementsInWord,
            Words = this.device.Scratch.Order($"{name}.Words", (long)rows * steps * OperandView.WordsInStep),
            Norms = this.device.Scratch.Real($"{name}.Norms", rows),
            Errors = this.device.Scratch.Real($"{name}.Errors", rows),
        };
        Parameters parameters = new()
        {
            Matrix = matrix,
            Operand = operand,
            Rows = rows,
            Columns = columns,
            Inflation = ScreeningBound.NormInflation(columns),
        };
        this.kernel.Launch(this.device.Groups(rows), this.device.GroupSize, parameters);
        return operand;
    }

    private static void RoundRows<TProduct>(Parameters p)
        where TProduct : struct, IMatrixProduct
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(GroupReduction.SharedLength);
        for (int row = Grid.IdxX; row < p.Rows; row += Grid.DimX)
        {
            float squares = 0;
            float errorSquares = 0;
            for (int place = Group.IdxX; place < p.Operand.WordsInRow; place += Group.DimX)
            {
                int column = place * TProduct.ElementsInWord;
                float first = Element(p, row, column);
                float second = TProduct.ElementsInWord == 1 ? 0 : Element(p, row, column + 1);
                uint word = TProduct.Round(first, second);
                float seenFirst = TProduct.First(word);
                float seenSecond = TProduct.Second(word);
                p.Operand.Words[((long)row * p.Operand.WordsInRow) + place] = word;
                squares = Fma(seenFirst, seenFirst, Fma(seenSecond, seenSecond, squares));
                first -= seenFirst;
                second -= seenSecond;
                errorSquares = Fma(first, first, Fma(second, second, errorSquares));
            }

            squares = GroupReduction.Sum(shared, squares);
            errorSquares = GroupReduction.Sum(shared, errorSquares);
            if (Group.IdxX == 0)
            {
                p.Operand.Norms[row] = ScreeningBound.LengthAbove(squares, p.Inflation);
                p.Operand.Errors[row] = ScreeningBound.LengthAbove(errorSquares, p.Inflation);
            }
        }
    }

    private static float Element(Parameters p, int row, int column)
    {
        float element = 0;
        if (column < p.Columns)
        {
            element = p.Matrix[((long)row * p.Columns) + column];
        }

        return element;
    }

    internal struct Parameters
    {
        public ArrayView<float> Matrix;
        public OperandView Operand;
        public int Rows;
        public int Columns;
        public float Inflation;
    }
}
