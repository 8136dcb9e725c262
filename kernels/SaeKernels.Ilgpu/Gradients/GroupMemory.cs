using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>The shared memory of a group that visits latents.</summary>
internal struct GroupMemory
{
    /// <summary>Parts of inner products.</summary>
    public ArrayView<float> Products;

    /// <summary>For reductions of a number.</summary>
    public ArrayView<float> Numbers;

    /// <summary>For reductions of three sums.</summary>
    public ArrayView<float> Threes;

    /// <summary>Takes it; called in kernels, once.</summary>
    public static GroupMemory Allocate() => new()
    {
        Products = SharedMemory.Allocate<float>(EntryProducts.SharedLength),
        Numbers = SharedMemory.Allocate<float>(GroupReduction.SharedLength),
        Threes = SharedMemory.Allocate<float>(GroupReduction.SharedLengthOfThree),
    };
}
