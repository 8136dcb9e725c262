using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Measuring;

public class CublasProductTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData((3 * 128 * 128) - 1, 0)]
    [InlineData(3 * 128 * 128, 128)]
    [InlineData(3 * 200 * 200, 128)]
    [InlineData(1L << 40, 4096)]
    public void Three_square_matrices_fit_into_the_memory(long elements, int side) =>
        Assert.Equal(side, CublasProduct.SideWithin(elements));

    [Fact]
    public void A_device_that_is_not_CUDA_has_no_such_product()
    {
        using KernelDevice simulator = IlgpuDevices.Open(IlgpuDevices.SimulatorId);

        Assert.Null(CublasProduct.TryOpen(simulator));
    }
}
