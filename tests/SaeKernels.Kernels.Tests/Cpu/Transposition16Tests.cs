using System.Runtime.Intrinsics.X86;
using SaeKernels.Cpu;
using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Cpu;

/// <summary>Sixteen rows at a time, in registers.</summary>
public sealed unsafe class Transposition16Tests
{
    [SkippableTheory]
    [InlineData(15, 0)]
    [InlineData(16, 16)]
    [InlineData(53, 48)]
    public void Sums_continue_as_the_chain_of_each_row_does(int length, int whole)
    {
        Skip.IfNot(Avx512F.IsSupported, "This processor has no AVX-512, or it is switched off.");
        RandomSequence random = new(8, RandomPurpose.General);
        float* rows = stackalloc float[Transposition16.Side * length];
        float* x = stackalloc float[length];
        float* sums = stackalloc float[Transposition16.Side];
        float** sources = stackalloc float*[Transposition16.Side];
        float[] expected = new float[Transposition16.Side];
        Draw(ref random, rows, Transposition16.Side * length);
        Draw(ref random, x, length);
        Draw(ref random, sums, Transposition16.Side);
        for (int row = 0; row < Transposition16.Side; row++)
        {
            sources[row] = rows + (row * length);
            expected[row] = sums[row];
            for (int i = 0; i < whole; i++)
            {
                expected[row] = MathF.FusedMultiplyAdd(sources[row][i], x[i], expected[row]);
            }
        }

        Assert.Equal(whole, Transposition16.MultiplyAdd(sources, x, length, sums));
        Assert.Equal(expected, new Span<float>(sums, Transposition16.Side).ToArray());
    }

    private static void Draw(ref RandomSequence random, float* values, int count)
    {
        for (int i = 0; i < count; i++)
        {
            values[i] = (float)random.NextNormal();
        }
    }
}
