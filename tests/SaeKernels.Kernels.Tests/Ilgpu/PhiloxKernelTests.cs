using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using SaeKernels.Ilgpu;
using SaeKernels.Numerics;

namespace SaeKernels.Kernels.Tests.Ilgpu;

/// <summary>E29 of the acceptance checks: the same counters give the same numbers in a kernel as on the host.</summary>
public sealed class PhiloxKernelTests
{
    private const int GroupSize = 32;
    private const int Counters = 8 * GroupSize;
    private const int WordsOfCounter = 4;

    [SkippableTheory]
    [InlineData(IlgpuDevices.SimulatorId)]
    [InlineData("cuda")]
    [InlineData("opencl")]
    public void Words_and_even_numbers_of_a_kernel_are_those_of_the_host(string deviceId)
    {
        Skip.IfNot(
            IlgpuDevices.List().Any(found => found.Id.StartsWith(deviceId, StringComparison.Ordinal)),
            $"This machine has no {deviceId}.");
        using KernelDevice device = IlgpuDevices.Open(deviceId);
        Kernel<Parameters> kernel = new(device, Draw);
        using MemoryBuffer1D<uint, Stride1D.Dense> words =
            device.Accelerator.Allocate1D<uint>(WordsOfCounter * Counters);
        using MemoryBuffer1D<float, Stride1D.Dense> numbers =
            device.Accelerator.Allocate1D<float>(WordsOfCounter * Counters);
        // From 0, over the edge of 32 bits, and over that of 64.
        foreach (ulong first in (ulong[])[0, uint.MaxValue - 99, ulong.MaxValue - 99])
        {
            kernel.Launch(Counters / GroupSize, GroupSize, new Parameters
            {
                Words = words.View,
                Numbers = numbers.View,
                Key = 0x299f31d0a4093822,
                First = first,
                High = ((ulong)RandomPurpose.Synthesis << 48) | 7,
            });
            device.Synchronize();
            uint[] expected = new uint[WordsOfCounter * Counters];
            Philox.Fill(0x299f31d0a4093822, first, ((ulong)RandomPurpose.Synthesis << 48) | 7, expected);

            Assert.Equal(expected, words.GetAsArray1D());
            Assert.Equal(Array.ConvertAll(expected, Philox.ToSingle), numbers.GetAsArray1D());
        }
    }

    [Fact]
    public void The_generator_compiles_for_CUDA_and_OpenCL()
    {
        MethodInfo[] kernels = [((Action<Parameters>)Draw).Method];
        using OfflineCompiler compiler = new();

        Assert.Contains("mul.wide.u32", compiler.ToPtx(kernels, 8, 0).Values.Single(), StringComparison.Ordinal);
        Assert.Contains("kernel void", compiler.ToOpenCl(kernels).Values.Single(), StringComparison.Ordinal);
    }

    private static void Draw(Parameters parameters)
    {
        int counter = (Grid.IdxX * Group.DimX) + Group.IdxX;
        (uint word0, uint word1, uint word2, uint word3) =
            Philox.Generate(parameters.Key, parameters.First + (ulong)counter, parameters.High);
        int place = WordsOfCounter * counter;
        parameters.Words[place] = word0;
        parameters.Words[place + 1] = word1;
        parameters.Words[place + 2] = word2;
        parameters.Words[place + 3] = word3;
        parameters.Numbers[place] = Philox.ToSingle(word0);
        parameters.Numbers[place + 1] = Philox.ToSingle(word1);
        parameters.Numbers[place + 2] = Philox.ToSingle(word2);
        parameters.Numbers[place + 3] = Philox.ToSingle(word3);
    }

    /// <summary>Where the counters begin, and where their words go.</summary>
    internal struct Parameters
    {
        public ArrayView<uint> Words;
        public ArrayView<float> Numbers;
        public ulong Key;
        public ulong First;
        public ulong High;
    }
}
