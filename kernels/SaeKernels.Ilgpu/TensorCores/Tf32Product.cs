using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace SaeKernels.Ilgpu;

/// <summary>The product of tf32 matrices with float32 sums: <c>mma.sync.m16n8k8</c> of CUDA, capability 8.0.</summary>
/// <remarks>
/// With g = lane / 4 and t = lane mod 4: words of a are at (g, t), (g + 8, t), (g, t + 4), (g + 8, t + 4); those of b
/// at (t, g), (t + 4, g). The lower 13 bits of a word do not count. Source: PTX ISA, "Matrix fragments for
/// mma.m16n8k8".
/// </remarks>
internal readonly struct Tf32Product : IMatrixProduct
{
    /// <summary>Elements of depth in one product.</summary>
    public const int Depth = 8;

    /// <summary>Products that A100 aligns together; later devices align more.</summary>
    public const int BlockLength = 4;

    /// <inheritdoc/>
    public static string Instruction => "mma.m16n8k8 with tf32";

    /// <inheritdoc/>
    public static int ElementsInWord => 1;

    /// <inheritdoc/>
    public static uint Round(float first, float second) => Tf32Rounding.Round(first) & Tf32Rounding.KeptBits;

    /// <inheritdoc/>
    public static float First(uint word) => Tf32Rounding.Value(word);

    /// <inheritdoc/>
    public static float Second(uint word) => 0;

    /// <inheritdoc/>
    public static Accumulator Add(Accumulator sums, Fragment a, uint b0, uint b1) => Multiply(sums, a, b0, b1);

    /// <summary>Tells a context how devices compute it.</summary>
    public static void Register(Context.Builder builder) => builder.GetIntrinsicManager().RegisterMethod(
        ((Func<Accumulator, Fragment, uint, uint, Accumulator>)Multiply).Method,
        new PTXIntrinsic(typeof(Tf32Product), nameof(Generate), IntrinsicImplementationMode.GenerateCode));

    [IntrinsicImplementation]
    private static Accumulator Multiply(Accumulator sums, Fragment a, uint b0, uint b1)
    {
        ReadOnlySpan<uint> words = WarpExchange.Exchange(a.Word0, a.Word1, a.Word2, a.Word3, b0, b1);
        Span<float> upper = stackalloc float[Depth];
        Span<float> lower = stackalloc float[Depth];
        Span<float> column0 = stackalloc float[Depth];
        Span<float> column1 = stackalloc float[Depth];
        int group = Warp.LaneIdx / 4;
        int pair = Warp.LaneIdx % 4;
        for (int k = 0; k < Depth; k++)
        {
            int half = k / 4;
            int rowLane = ((group * 4) + (k % 4)) * WarpExchange.WordsPerLane;
            int columnLane = ((pair * 8) + (k % 4)) * WarpExchange.WordsPerLane;
            upper[k] = Element(words[rowLane + (2 * half)]);
            lower[k] = Element(words[rowLane + (2 * half) + 1]);
            column0[k] = Element(words[columnLane + 4 + half]);
            column1[k] = Element(words[columnLane + (4 * WarpExchange.WordsPerLane) + 4 + half]);
        }

        const int Bits = EmulatedAccumulator.SignificantBits;
        return new Accumulator
        {
            Upper0 = EmulatedAccumulator.Add(sums.Upper0, upper, column0, BlockLength, Bits),
            Upper1 = EmulatedAccumulator.Add(sums.Upper1, upper, column1, BlockLength, Bits),
            Lower0 = EmulatedAccumulator.Add(sums.Lower0, lower, column0, BlockLength, Bits),
            Lower1 = EmulatedAccumulator.Add(sums.Lower1, lower, column1, BlockLength, Bits),
        };
    }

    private static float Element(uint word) => BitConverter.UInt32BitsToSingle(word & Tf32Rounding.KeptBits);

    private static void Generate(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        PtxText.MatrixProduct(generator, value, "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32");
}
