using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Optimizing;

public sealed class WeightedSumTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.WeightedSum));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_buffer_may_be_both_addends_and_the_sum_and_no_more_than_its_length_changes(string name) =>
        TestBackends.Use(name, backend =>
        {
            RealBuffer numbers = backend.Place("N", 1, -2, 0.5, 7);
            backend.WeightedSum(Of(numbers, numbers, numbers) with { Length = 3 });
            TensorAssert.Equal("N", [5, -10, 2.5, 7], numbers.ToArray());
        });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Nan_stays_also_where_its_factor_is_zero(string name) => TestBackends.Use(name, backend =>
    {
        RealBuffer sum = backend.Place("Sum", 0, 0);
        backend.WeightedSum(
            Of(backend.Place("A", 1, 2), backend.Place("B", double.NaN, 3), sum) with { SecondFactor = 0 });
        TensorAssert.Equal("Sum", [double.NaN, 4], sum.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_arguments_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        RealBuffer two = backend.Place("Two", 1, 2);
        Conformance.Refuses(
            "WeightedSum: Sum must hold at least 2 elements, but holds 1. Allocate a larger buffer.",
            () => backend.WeightedSum(Of(two, two, backend.Place("One", 1.0))));
        Conformance.Refuses(
            "WeightedSum: Length must be at least 0, but is -1. Change Length.",
            () => backend.WeightedSum(Of(two, two, two) with { Length = -1 }));
    });

    private static WeightedSumArguments Of(RealBuffer first, RealBuffer second, RealBuffer sum) => new()
    {
        Length = first.Length,
        First = first,
        FirstFactor = 2,
        Second = second,
        SecondFactor = 3,
        Sum = sum,
    };
}
