using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Decoding;

public sealed class DecodeResidualTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.DecodeResidual));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Residuals_and_squares_of_a_small_case(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(1, 2)], [(0, 1), (1, 1)]);
        DecodeResidualArguments arguments = Arguments(backend, codes);
        backend.DecodeResidual(arguments);
        TensorAssert.Equal("Residuals", [5, 2, 8, 5], arguments.Residuals.ToArray());
        TensorAssert.Equal("RowSquaredErrors", [29, 89], arguments.RowSquaredErrors.ToArray());
        Assert.Equal(59, arguments.MeanSquaredError.Read());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_nan_shows_in_the_mean(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(1, double.NaN)], [(0, 1), (1, 1)]);
        DecodeResidualArguments arguments = Arguments(backend, codes);
        backend.DecodeResidual(arguments);
        TensorAssert.Equal("RowSquaredErrors", [double.NaN, 89], arguments.RowSquaredErrors.ToArray());
        Assert.Equal(double.NaN, arguments.MeanSquaredError.Read());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(1, 2)], [(0, 1), (1, 1)]);
        DecodeResidualArguments arguments = Arguments(backend, codes);
        Conformance.Refuses(
            "DecodeResidual: Residuals must be [2, 2], but is [2, 1]. Pass a matrix of that shape.",
            () => backend.DecodeResidual(arguments with { Residuals = backend.PlaceMatrix("R", 2, 1, 0, 0) }));
        Conformance.Refuses(
            "DecodeResidual: RowSquaredErrors must hold at least 2 elements, but holds 1. Allocate a larger buffer.",
            () => backend.DecodeResidual(arguments with { RowSquaredErrors = backend.Place("S", 0.0) }));
    });

    private static DecodeResidualArguments Arguments(IComputeBackend backend, SparseCodes codes) => new()
    {
        Codes = codes,
        WDec = backend.PlaceMatrix("WDec", 2, 2, -1, 1, 2, 3),
        BDec = backend.Place("BDec", 1.0, 0),
        Targets = backend.PlaceMatrix("Targets", 2, 2, 10, 8, 10, 9),
        Residuals = backend.PlaceMatrix("Residuals", 2, 2, 0, 0, 0, 0),
        RowSquaredErrors = backend.Place("RowSquaredErrors", 0.0, 0),
        MeanSquaredError = new ScalarSlot(backend.Place("MeanSquaredError", 0.0), 0),
    };
}
