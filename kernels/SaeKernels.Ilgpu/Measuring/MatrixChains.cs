using System.Reflection;
using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Matrix products in registers only: what tensor cores reach when nothing has to be loaded.</summary>
/// <remarks>
/// Eight independent products a warp cover the latency of one (18 to 33 cycles on A100 and H100, where 2 to 4 warps
/// share a unit). Every chain has values of its own: a compiler may make one of products that are the same.
/// </remarks>
/// <typeparam name="TProduct">The product.</typeparam>
internal sealed class MatrixChains<TProduct>(KernelDevice device)
    where TProduct : struct, IMatrixProduct
{
    private const int Chains = 8;
    private const int FlopPerElementOfDepth = 2 * 16 * 8;
    private readonly Kernel<Parameters> kernel = new(device, Run);

    /// <summary>The kernel, so that it can be compiled for devices that are not there.</summary>
    public static MethodInfo Method => ((Action<Parameters>)Run).Method;

    /// <summary>Enqueues a launch and returns its operations; a multiply-add counts as two.</summary>
    /// <param name="groups">The number of groups.</param>
    /// <param name="rounds">Products of each chain.</param>
    /// <param name="output">One element for each thread.</param>
    public double Launch(int groups, int rounds, ArrayView<float> output)
    {
        this.kernel.Launch(groups, device.GroupSize, new Parameters { Output = output, Rounds = rounds });
        double flop = FlopPerElementOfDepth * 8.0 * TProduct.ElementsInWord;
        return flop * Chains * rounds * groups * (device.GroupSize / device.Accelerator.WarpSize);
    }

    private static void Run(Parameters p)
    {
        uint word = (uint)Group.IdxX;
        Fragment a = new(word, word, word, word);
        Accumulator s0 = Start(0);
        Accumulator s1 = Start(1);
        Accumulator s2 = Start(2);
        Accumulator s3 = Start(3);
        Accumulator s4 = Start(4);
        Accumulator s5 = Start(5);
        Accumulator s6 = Start(6);
        Accumulator s7 = Start(7);
        for (int round = 0; round < p.Rounds; round++)
        {
            s0 = TProduct.Add(s0, a, word, word);
            s1 = TProduct.Add(s1, a, word, word);
            s2 = TProduct.Add(s2, a, word, word);
            s3 = TProduct.Add(s3, a, word, word);
            s4 = TProduct.Add(s4, a, word, word);
            s5 = TProduct.Add(s5, a, word, word);
            s6 = TProduct.Add(s6, a, word, word);
            s7 = TProduct.Add(s7, a, word, word);
        }

        p.Output[((long)Grid.IdxX * Group.DimX) + Group.IdxX] =
            Sum(s0) + Sum(s1) + Sum(s2) + Sum(s3) + Sum(s4) + Sum(s5) + Sum(s6) + Sum(s7);
    }

    private static Accumulator Start(float value) =>
        new() { Upper0 = value, Upper1 = value, Lower0 = value, Lower1 = value };

    private static float Sum(Accumulator sums) => sums.Upper0 + sums.Upper1 + sums.Lower0 + sums.Lower1;

    internal struct Parameters
    {
        public ArrayView<float> Output;
        public int Rounds;
    }
}
