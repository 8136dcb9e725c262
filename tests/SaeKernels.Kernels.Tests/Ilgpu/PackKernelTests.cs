using System.Reflection;
using SaeKernels.Abstractions;
using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu;

/// <summary>What the twins of a kernel over rows are compiled to.</summary>
public sealed class PackKernelTests
{
    [Fact]
    public void Kernels_over_packs_of_four_move_16_bytes_at_once_and_their_twins_do_not()
    {
        MethodInfo[] kernels =
        [
            .. KernelLists.Of(EncoderPrecision.Fp32).Where(kernel => kernel.GetGenericArguments()
                .Any(argument => argument == typeof(Pack1) || argument == typeof(Pack4))),
        ];
        using OfflineCompiler compiler = new();
        IReadOnlyDictionary<string, string> ptx = compiler.ToPtx(kernels, 9, 0);

        string[] fours = [.. ptx.Keys.Where(name => name.EndsWith($".{nameof(Pack4)}", StringComparison.Ordinal))];
        string[] singles = [.. ptx.Keys.Where(name => name.EndsWith($".{nameof(Pack1)}", StringComparison.Ordinal))];
        Assert.NotEmpty(fours);
        Assert.Equal(fours.Length, singles.Length);
        Assert.All(fours, name => Assert.Matches(@"(ld|st)\.global\.v4\.f32", ptx[name]));
        Assert.All(singles, name => Assert.DoesNotContain(".v4.", ptx[name], StringComparison.Ordinal));
    }
}
