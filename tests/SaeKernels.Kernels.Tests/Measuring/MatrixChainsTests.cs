using System.Text.RegularExpressions;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Measuring;

public class MatrixChainsTests
{
    // A chain that a compiler merged with another, or spilled, would measure something else.
    [Fact]
    public void Every_chain_is_a_product_of_its_own_in_registers()
    {
        using OfflineCompiler compiler = new();
        string[] kernels =
        [
            .. compiler.ToPtx([MatrixChains<Bf16Product>.Method], 9, 0).Values,
            .. compiler.ToPtx([MatrixChains<Tf32Product>.Method], 9, 0).Values,
        ];

        Assert.All(kernels, ptx =>
        {
            Assert.Equal(8, Regex.Count(ptx, @"^\s*mma\.sync", RegexOptions.Multiline));
            Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
        });
    }
}
