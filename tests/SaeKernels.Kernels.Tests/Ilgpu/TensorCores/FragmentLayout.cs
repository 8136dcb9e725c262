using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>
/// Which element a lane holds in which place, as the tables of NVIDIA's PTX documentation give it; written down here a
/// second time, apart from the emulation.
/// </summary>
internal sealed class FragmentLayout
{
    public required int Depth { get; init; }

    /// <summary>Elements of a that a lane holds; of b half as many.</summary>
    public required int ElementsOfA { get; init; }

    /// <summary>(row, depth) of element i of a of a lane.</summary>
    public required Func<int, int, (int Row, int Depth)> A { get; init; }

    /// <summary>(depth, column) of element i of b of a lane.</summary>
    public required Func<int, int, (int Depth, int Column)> B { get; init; }

    /// <summary>Bits of elements, two in a word for 16-bit ones.</summary>
    public required Func<float[], uint[]> Pack { get; init; }

    /// <summary>mma.m16n8k16 with .bf16: a0 … a7 and b0 … b3.</summary>
    public static FragmentLayout Bf16 { get; } = new()
    {
        Depth = 16,
        ElementsOfA = 8,
        A = (lane, i) => (
            i is 0 or 1 or 4 or 5 ? lane >> 2 : (lane >> 2) + 8,
            (lane % 4 * 2) + (i & 1) + (i < 4 ? 0 : 8)),
        B = (lane, i) => ((lane % 4 * 2) + (i & 1) + (i < 2 ? 0 : 8), lane >> 2),
        Pack = values => [.. values.Chunk(2).Select(pair => UpperHalf(pair[0]) | (UpperHalf(pair[1]) << 16))],
    };

    /// <summary>mma.m16n8k8 with .tf32: a0 … a3 and b0, b1.</summary>
    public static FragmentLayout Tf32 { get; } = new()
    {
        Depth = 8,
        ElementsOfA = 4,
        A = (lane, i) => (i is 0 or 2 ? lane >> 2 : (lane >> 2) + 8, (lane % 4) + (i < 2 ? 0 : 4)),
        B = (lane, i) => ((lane % 4) + (i == 0 ? 0 : 4), lane >> 2),
        Pack = values => [.. values.Select(BitConverter.SingleToUInt32Bits)],
    };

    /// <summary>(row, column) of sum i of a lane, in both.</summary>
    public static (int Row, int Column) Sum(int lane, int i) =>
        (i < 2 ? lane >> 2 : (lane >> 2) + 8, (lane % 4 * 2) + (i & 1));

    public static float[] Values(Accumulator sums) => [sums.Upper0, sums.Upper1, sums.Lower0, sums.Lower1];

    /// <summary>Splits matrices a [16, depth], b [depth, 8] and sums [16, 8] over the lanes of a warp.</summary>
    public ProductCase[] Split(float[,] a, float[,] b, float[,] sums) =>
        [.. Enumerable.Range(0, SimulatedWarp.Lanes).Select(lane => Lane(a, b, sums, lane))];

    private static uint UpperHalf(float value) => BitConverter.SingleToUInt32Bits(value) >> 16;

    private ProductCase Lane(float[,] a, float[,] b, float[,] sums, int lane)
    {
        uint[] wordsOfA = Pack([.. Enumerable.Range(0, this.ElementsOfA).Select(i => At(a, A(lane, i)))]);
        uint[] wordsOfB = Pack([.. Enumerable.Range(0, this.ElementsOfA / 2).Select(i => At(b, B(lane, i)))]);
        return new ProductCase
        {
            A = new Fragment(wordsOfA[0], wordsOfA[1], wordsOfA[2], wordsOfA[3]),
            B0 = wordsOfB[0],
            B1 = wordsOfB[1],
            Sums = new Accumulator
            {
                Upper0 = At(sums, Sum(lane, 0)),
                Upper1 = At(sums, Sum(lane, 1)),
                Lower0 = At(sums, Sum(lane, 2)),
                Lower1 = At(sums, Sum(lane, 3)),
            },
        };
    }

    private static float At(float[,] matrix, (int Row, int Column) place) => matrix[place.Row, place.Column];
}
