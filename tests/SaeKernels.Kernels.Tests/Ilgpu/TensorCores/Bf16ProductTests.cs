using SaeKernels.Ilgpu;

namespace SaeKernels.Kernels.Tests.Ilgpu.TensorCores;

/// <summary>The emulation of mma.m16n8k16 against the fragment layout of the PTX documentation.</summary>
public sealed class Bf16ProductTests
{
    [Fact]
    public void Every_element_of_a_is_where_the_table_says() =>
        ProductChecks.EveryElementOfAIsWhereTheTableSays<Bf16Product>(FragmentLayout.Bf16);

    [Fact]
    public void Every_element_of_b_is_where_the_table_says() =>
        ProductChecks.EveryElementOfBIsWhereTheTableSays<Bf16Product>(FragmentLayout.Bf16);

    [Fact]
    public void Integers_are_exact() => ProductChecks.IntegersAreExact<Bf16Product>(FragmentLayout.Bf16);
}
