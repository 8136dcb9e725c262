using System.Runtime.InteropServices;
using SaeKernels.Numerics;

namespace SaeKernels.Benchmarks;

/// <summary>Random numbers at an address that is a multiple of 64 bytes, for kernels that take pointers.</summary>
internal sealed unsafe class NumberBlock
{
    private const nuint Alignment = 64;
    private readonly float[] pinned;

    public NumberBlock(int length, float scale = 1)
    {
        this.pinned = GC.AllocateArray<float>(length + (int)(2 * Alignment / sizeof(float)), pinned: true);
        nuint address = (nuint)Marshal.UnsafeAddrOfPinnedArrayElement(this.pinned, 0);
        this.Elements = (float*)((address + Alignment - 1) / Alignment * Alignment);
        RandomSequence random = new(seed: 1, RandomPurpose.General);
        for (int i = 0; i < length; i++)
        {
            this.Elements[i] = scale * (float)random.NextNormal();
        }
    }

    public float* Elements { get; }
}
