using SaeKernels.Abstractions;
using SaeKernels.Reference;

namespace SaeKernels.Kernels.Tests.Verification;

public sealed class KernelVerificationTests
{
    [Fact]
    public void Every_operation_of_the_interface_is_verified()
    {
        string[] operations =
        [
            .. typeof(IComputeBackend).GetMethods()
                .Where(method => method.GetParameters() is [{ ParameterType.IsByRef: true }])
                .Select(method => method.Name)
                .Order(),
        ];
        Assert.Equal(operations, KernelVerification.Operations.Order());
    }

    [Fact]
    public void Progress_is_told_of_every_result_and_no_memory_is_kept()
    {
        using ReferenceBackend<float> backend = ReferenceBackend.Create();
        List<VerificationResult> told = [];
        IReadOnlyList<VerificationResult> results = KernelVerification.Run(backend, VerificationScale.Small, told.Add);
        Assert.Equal(results, told);
        Assert.All(results, result => Assert.True(result.Passed, result.Detail));
        Assert.Equal(KernelVerification.Operations, results.Select(result => result.Operation).Distinct());
        Assert.Equal(0, backend.AllocatedBytes);
    }
}
