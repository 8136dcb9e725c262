using SaeKernels.Reference;
using SaeKernels.Testing;
using Xunit.Sdk;

namespace SaeKernels.Kernels.Tests;

/// <summary>The part of the suite that is the same for every operation.</summary>
internal static class Conformance
{
    /// <summary>Runs every verification case of an operation: bounds, canaries, NaN-filled outputs, two runs.</summary>
    public static void Check(string name, string operation) => TestBackends.Use(name, backend =>
    {
        VerificationResult[] results =
            [.. KernelVerification.RunOperation(backend, operation, TestBackends.ScaleOf(name))];
        Assert.NotEmpty(results);
        string[] faults =
            [.. results.Where(result => !result.Passed).Select(result => $"{result.Shape}: {result.Detail}")];
        if (faults.Length > 0)
        {
            throw new XunitException(
                $"{name}: {operation} failed {faults.Length} of {results.Length} cases.\n{string.Join('\n', faults)}");
        }
    });

    /// <summary>Fails unless a call is refused with a message.</summary>
    public static void Refuses(string message, Action call)
    {
        ArgumentException refusal = Assert.Throws<ArgumentException>(call);
        Assert.Equal(message, refusal.Message);
    }
}
