using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;
using SaeKernels.Reference;

namespace SaeKernels.Kernels.Tests.Ilgpu;

/// <summary>The encoders' kernels for GPUs, on the simulator: of its own accord it takes those for CPUs.</summary>
public sealed class GroupTilesTests
{
    [Theory]
    [InlineData(nameof(IComputeBackend.EncodeTopK))]
    public void Tiles_that_groups_share_keep_every_bound_and_selection(string operation)
    {
        using IlgpuBackend backend = IlgpuBackend.CreateSimulatorOfGroups();
        VerificationResult[] results =
            [.. KernelVerification.RunOperation(backend, operation, VerificationScale.Small)];
        Assert.NotEmpty(results);
        Assert.All(results, result => Assert.True(result.Passed, $"{result.Shape}: {result.Detail}"));
    }
}
