using ILGPU;
using ILGPU.Backends.PTX;
using ILGPU.IR;
using ILGPU.IR.Intrinsics;

namespace SaeKernels.Ilgpu;

/// <summary>
/// The product of bfloat16 matrices with float32 sums: <c>mma.sync.m16n8k16</c> of CUDA, capability 8.0.
/// </summary>
/// <remarks>
/// A word holds two elements, the lower index in the lower half. With g = lane / 4 and t = lane mod 4: words of a are
/// at (g, 2t), (g + 8, 2t), (g, 2t + 8), (g + 8, 2t + 8); those of b at (2t, g), (2t + 8, g). Source: PTX ISA, "Matrix
/// fragments for mma.m16n8k16 with floating point type".
/// </remarks>
internal readonly struct Bf16Product : IMatrixProduct
{
    /// <summary>Elements of depth in one product.</summary>
    public const int Depth = 16;

    /// <summary>Products that A100 aligns together; later devices align more.</summary>
    public const int BlockLength = 8;

    /// <inheritdoc/>
    public static string Instruction => "mma.m16n8k16 with bf16";

    /// <inheritdoc/>
    public static int ElementsInWord => 2;

    /// <inheritdoc/>
    public static uint Round(float first, float second) => Bf16Pair.Round(first, second);

    /// <inheritdoc/>
    public static float First(uint word) => Bf16Pair.Lower(word);

    /// <inheritdoc/>
    public static float Second(uint word) => Bf16Pair.Upper(word);

    /// <inheritdoc/>
    public static Accumulator Add(Accumulator sums, Fragment a, uint b0, uint b1) => Multiply(sums, a, b0, b1);

    /// <summary>Tells a context how devices compute it.</summary>
    public static void Register(Context.Builder builder) => builder.GetIntrinsicManager().RegisterMethod(
        ((Func<Accumulator, Fragment, uint, uint, Accumulator>)Multiply).Method,
        new PTXIntrinsic(typeof(Bf16Product), nameof(Generate), IntrinsicImplementationMode.GenerateCode));

    /// <summary>Emulates a product whose accumulator keeps a given number of bits.</summary>
    internal static Accumulator Emulate(Accumulator sums, Fragment a, uint b0, uint b1, int significantBits)
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
            int lane = k % 8 / 2;
            int half = k / 8;
            int rowLane = ((group * 4) + lane) * WarpExchange.WordsPerLane;
            int columnLane = ((pair * 8) + lane) * WarpExchange.WordsPerLane;
            upper[k] = Element(words[rowLane + (2 * half)], k);
            lower[k] = Element(words[rowLane + (2 * half) + 1], k);
            column0[k] = Element(words[columnLane + 4 + half], k);
            column1[k] = Element(words[columnLane + (4 * WarpExchange.WordsPerLane) + 4 + half], k);
        }

        return new Accumulator
        {
            Upper0 = EmulatedAccumulator.Add(sums.Upper0, upper, column0, BlockLength, significantBits),
            Upper1 = EmulatedAccumulator.Add(sums.Upper1, upper, column1, BlockLength, significantBits),
            Lower0 = EmulatedAccumulator.Add(sums.Lower0, lower, column0, BlockLength, significantBits),
            Lower1 = EmulatedAccumulator.Add(sums.Lower1, lower, column1, BlockLength, significantBits),
        };
    }

    [IntrinsicImplementation]
    private static Accumulator Multiply(Accumulator sums, Fragment a, uint b0, uint b1) =>
        Emulate(sums, a, b0, b1, EmulatedAccumulator.SignificantBits);

    private static float Element(uint word, int index) =>
        BitConverter.UInt32BitsToSingle(index % 2 == 0 ? word << 16 : word & 0xFFFF0000);

    private static void Generate(PTXBackend backend, PTXCodeGenerator generator, Value value) =>
        PtxText.MatrixProduct(generator, value, "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32");
}
