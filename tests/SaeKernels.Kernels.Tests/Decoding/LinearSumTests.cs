using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Decoding;

public sealed class LinearSumTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.LinearSum));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void The_map_is_taken_off_every_row(string name) => TestBackends.Use(name, backend =>
    {
        LinearSumArguments arguments = Arguments(backend);
        backend.LinearSum(arguments);
        TensorAssert.Equal("Sum", [100 - 5, 200 - 11, 300 - 17, 400 - 11, 500 - 25, 600 - 39], arguments.Sum.ToArray());
        backend.LinearSum(arguments with { Start = arguments.Sum, Scale = 1 });
        TensorAssert.Equal("Sum", [100, 200, 300, 400, 500, 600], arguments.Sum.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void NaN_reaches_the_rows_and_outputs_that_it_belongs_to(string name) => TestBackends.Use(name, backend =>
    {
        LinearSumArguments arguments = Arguments(backend) with
        {
            Input = backend.PlaceMatrix("Input", 2, 2, 1, double.NaN, 3, 4),
        };
        backend.LinearSum(arguments);
        Assert.Equal(
            [true, true, true, false, false, false], arguments.Sum.ToArray().Select(sum => double.IsNaN(sum)));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        LinearSumArguments arguments = Arguments(backend);
        Conformance.Refuses(
            "LinearSum: Weights must be [2, 2], but is [2, 3]. Pass a matrix of that shape.",
            () => backend.LinearSum(arguments with { Weights = backend.PlaceMatrix("W", 2, 3, 1, 2, 3, 4, 5, 6) }));
        Conformance.Refuses(
            "LinearSum: Start must be [2, 3], but is [2, 2]. Pass a matrix of that shape.",
            () => backend.LinearSum(arguments with { Start = arguments.Input }));
        Conformance.Refuses(
            "LinearSum: Scale must be finite, but is NaN. Change Scale.",
            () => backend.LinearSum(arguments with { Scale = double.NaN }));
    });

    private static LinearSumArguments Arguments(IComputeBackend backend) => new()
    {
        Input = backend.PlaceMatrix("Input", 2, 2, 1, 2, 3, 4),
        Weights = backend.PlaceMatrix("Weights", 3, 2, 1, 2, 3, 4, 5, 6),
        Start = backend.PlaceMatrix("Start", 2, 3, 100, 200, 300, 400, 500, 600),
        Scale = -1,
        Sum = backend.PlaceMatrix("Sum", 2, 3, [.. Enumerable.Repeat(double.NaN, 6)]),
    };
}
