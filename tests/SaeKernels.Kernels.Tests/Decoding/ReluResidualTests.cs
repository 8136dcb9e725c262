using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Decoding;

public sealed class ReluResidualTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.ReluResidual));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Residuals_and_counts_of_a_small_case(string name) => TestBackends.Use(name, backend =>
    {
        ReluResidualArguments arguments = Arguments(backend, 3, -1);
        backend.ReluResidual(arguments);

        // Pre-activations: (4, 0, -3) and (0, 2, 1); zero is not active.
        TensorAssert.Equal("Residuals", [6, 6, 3, 0], arguments.Residuals.ToArray());
        TensorAssert.Equal("RowSquaredErrors", [72, 9], arguments.RowSquaredErrors.ToArray());
        Assert.Equal(40.5, arguments.MeanSquaredError.Read());
        Assert.Equal([1, 1, 1], Counts(arguments));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_nan_is_active_and_shows_in_its_row_only(string name) => TestBackends.Use(name, backend =>
    {
        ReluResidualArguments arguments = Arguments(backend, 3, -1);
        arguments.Input.Buffer.Upload([double.NaN, 0, -1.0, 2]);
        backend.ReluResidual(arguments);
        TensorAssert.Equal("RowSquaredErrors", [double.NaN, 9], arguments.RowSquaredErrors.ToArray());
        Assert.Equal([1, 2, 2], Counts(arguments));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        ReluResidualArguments arguments = Arguments(backend, 0, 0);
        Conformance.Refuses(
            "ReluResidual: WDec must be [3, 2], but is [2, 2]. Pass a matrix of that shape.",
            () => backend.ReluResidual(arguments with { WDec = backend.PlaceMatrix("W", 2, 2, 1, 1, 1, 1) }));
        Conformance.Refuses(
            "ReluResidual: ActiveRows must hold at least 3 elements, but holds 1. Allocate a larger buffer.",
            () => backend.ReluResidual(arguments with { ActiveRows = backend.Place("A", [0]) }));
    });

    private static int[] Counts(ReluResidualArguments arguments)
    {
        int[] counts = new int[3];
        arguments.ActiveRows.Download(counts);
        return counts;
    }

    private static ReluResidualArguments Arguments(IComputeBackend backend, double x0, double x1) => new()
    {
        Input = backend.PlaceMatrix("Input", 2, 2, x0, x1, -1, 2),
        WEnc = backend.PlaceMatrix("WEnc", 3, 2, 1, 0, 0, 1, -1, 0),
        BEnc = backend.Place("BEnc", 1.0, 0, 0),
        WDec = backend.PlaceMatrix("WDec", 3, 2, 1, 0, 0, 1, 2, 3),
        BDec = backend.Place("BDec", 0.0, 2),
        Targets = backend.PlaceMatrix("Targets", 2, 2, 10, 8, 5, 7),
        Residuals = backend.PlaceMatrix("Residuals", 2, 2, 0, 0, 0, 0),
        RowSquaredErrors = backend.Place("RowSquaredErrors", 0.0, 0),
        MeanSquaredError = new ScalarSlot(backend.Place("MeanSquaredError", 0.0), 0),
        ActiveRows = backend.Place("ActiveRows", [-1, -1, -1]),
    };
}
