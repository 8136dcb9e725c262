using ILGPU;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>What one lane brings to a matrix product.</summary>
internal struct ProductCase
{
    public Fragment A;
    public uint B0;
    public uint B1;
    public Accumulator Sums;

    /// <summary>A kernel of one warp: a product for every 32 cases.</summary>
    public static void Multiply<TProduct>(ArrayView<ProductCase> cases, ArrayView<Accumulator> results)
        where TProduct : struct, IMatrixProduct
    {
        for (int i = Group.IdxX; i < cases.IntLength; i += Group.DimX)
        {
            ProductCase lane = cases[i];
            results[i] = TProduct.Add(lane.Sums, lane.A, lane.B0, lane.B1);
        }
    }
}
