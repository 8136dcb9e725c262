using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Gradients;

public sealed class LinearGradientTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.LinearGradient));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Residuals_times_inputs_are_summed_over_rows(string name) => TestBackends.Use(name, backend =>
    {
        LinearGradientArguments arguments = Arguments(backend);
        backend.LinearGradient(arguments);
        TensorAssert.Equal("Gradient", [-26, -30, -37, -45], arguments.Gradient.ToArray());
        TensorAssert.Equal(
            "RowSquaredNorms",
            [7, (26 * 26) + (30 * 30), (37 * 37) + (45 * 45)],
            arguments.RowSquaredNorms.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_batch_of_no_rows_has_no_gradient(string name) => TestBackends.Use(name, backend =>
    {
        LinearGradientArguments arguments = Arguments(backend);
        backend.LinearGradient(arguments with
        {
            Residuals = arguments.Residuals.Slice(0, 0),
            Input = arguments.Input.Slice(0, 0),
        });
        TensorAssert.Equal("Gradient", [0, 0, 0, 0], arguments.Gradient.ToArray());
        TensorAssert.Equal("RowSquaredNorms", [7, 0, 0], arguments.RowSquaredNorms.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        LinearGradientArguments arguments = Arguments(backend);
        Conformance.Refuses(
            "LinearGradient: Input must be [2, 2], but is [1, 2]. Pass a matrix of that shape.",
            () => backend.LinearGradient(arguments with { Input = arguments.Input.Slice(0, 1) }));
        Conformance.Refuses(
            "LinearGradient: Gradient must be [2, 2], but is [1, 2]. Pass a matrix of that shape.",
            () => backend.LinearGradient(arguments with { Gradient = arguments.Gradient.Slice(0, 1) }));
        Conformance.Refuses(
            "LinearGradient: FirstNorm must be at least 0, but is -1. Raise it.",
            () => backend.LinearGradient(arguments with { FirstNorm = -1 }));
        Conformance.Refuses(
            "LinearGradient: RowSquaredNorms must hold at least 4 elements, but holds 3. Allocate a larger buffer.",
            () => backend.LinearGradient(arguments with { FirstNorm = 2 }));
    });

    private static LinearGradientArguments Arguments(IComputeBackend backend) => new()
    {
        Residuals = backend.PlaceMatrix("Residuals", 2, 2, 1, 2, 5, 7),
        Input = backend.PlaceMatrix("Input", 2, 2, 2, 10, 10, 10),
        ResidualScale = -0.5,
        Gradient = backend.PlaceMatrix("Gradient", 2, 2, [.. Enumerable.Repeat(double.NaN, 4)]),
        RowSquaredNorms = backend.Place("RowSquaredNorms", 7.0, double.NaN, double.NaN),
        FirstNorm = 1,
    };
}
