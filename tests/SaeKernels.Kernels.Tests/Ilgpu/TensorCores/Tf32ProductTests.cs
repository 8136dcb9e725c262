using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>The emulation of mma.m16n8k8 against the fragment layout of the PTX documentation.</summary>
public sealed class Tf32ProductTests
{
    [Fact]
    public void Every_element_of_a_is_where_the_table_says() =>
        ProductChecks.EveryElementOfAIsWhereTheTableSays<Tf32Product>(FragmentLayout.Tf32);

    [Fact]
    public void Every_element_of_b_is_where_the_table_says() =>
        ProductChecks.EveryElementOfBIsWhereTheTableSays<Tf32Product>(FragmentLayout.Tf32);

    [Fact]
    public void Integers_are_exact() => ProductChecks.IntegersAreExact<Tf32Product>(FragmentLayout.Tf32);
}
