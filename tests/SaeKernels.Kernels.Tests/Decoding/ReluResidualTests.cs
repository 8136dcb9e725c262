using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Decoding;

public sealed class ReluResidualTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.Precisions), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.ReluResidual));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Precisions), MemberType = typeof(TestBackends))]
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
    [MemberData(nameof(TestBackends.Precisions), MemberType = typeof(TestBackends))]
    public void A_nan_is_active_and_shows_in_its_row_only(string name) => TestBackends.Use(name, backend =>
    {
        ReluResidualArguments arguments = Arguments(backend, 3, -1);
        arguments.Input.Buffer.Upload([double.NaN, 0, -1.0, 2]);
        backend.ReluResidual(arguments);
        TensorAssert.Equal("RowSquaredErrors", [double.NaN, 9], arguments.RowSquaredErrors.ToArray());
        Assert.Equal([1, 2, 2], Counts(arguments));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Precisions), MemberType = typeof(TestBackends))]
    public void Codes_with_just_enough_room_receive_the_batch(string name) => TestBackends.Use(name, backend =>
    {
        SparseCodes codes = new(backend, "Codes", maxRows: 2, capacity: 3);
        ReluResidualArguments arguments = Arguments(backend, 3, -1) with { Codes = codes };
        backend.ReluResidual(arguments);

        Assert.Equal([0, 1, 3], codes.RowOffsets.ToArray());
        Assert.Equal([0, 1, 2], codes.Indices.ToArray());
        TensorAssert.Equal("Values", [4, 2, 1], codes.Values.ToArray());
        Assert.Equal([3], codes.NeededEntries.ToArray());
        TensorAssert.Equal("Residuals", [6, 6, 3, 0], arguments.Residuals.ToArray());
        Assert.Equal(40.5, arguments.MeanSquaredError.Read());
        Assert.Equal([1, 1, 1], Counts(arguments));
    });

    // Backends may try first what served the batch before; no result may show that.
    [SkippableTheory]
    [MemberData(nameof(TestBackends.Precisions), MemberType = typeof(TestBackends))]
    public void A_batch_without_room_leaves_the_codes_empty_whatever_came_before(string name) =>
        TestBackends.Use(name, backend =>
        {
            SparseCodes codes = new(backend, "Codes", maxRows: 2, capacity: 2);
            ReluResidualArguments full = Arguments(backend, 3, -1) with { Codes = codes };
            ReluResidualArguments sparse = full with
            {
                Input = backend.PlaceMatrix("Sparse", 2, 2, -1, -1, -1, -1),
            };
            foreach (bool isFull in (bool[])[true, true, false, false, true])
            {
                ReluResidualArguments arguments = isFull ? full : sparse;
                backend.ReluResidual(arguments);

                Assert.Equal(isFull ? [0, 0, 0] : [0, 1, 2], codes.RowOffsets.ToArray());
                Assert.Equal(isFull, codes.NeededEntries.ToArray()[0] > 2);
                TensorAssert.Equal(
                    "Residuals", isFull ? [6, 6, 3, 0] : [8, 3, 3, 2], arguments.Residuals.ToArray());
                Assert.Equal(isFull ? 40.5 : 43, arguments.MeanSquaredError.Read());
                Assert.Equal(isFull ? [1, 1, 1] : [0, 0, 2], Counts(arguments));
            }
        });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Precisions), MemberType = typeof(TestBackends))]
    public void Entries_in_the_band_take_room_but_are_not_active(string name) => TestBackends.Use(name, backend =>
    {
        foreach (int capacity in (int[])[2, 3])
        {
            SparseCodes codes = new(backend, "Codes", maxRows: 2, capacity);
            ReluResidualArguments arguments = Arguments(backend, 3, -1) with
            {
                Codes = codes,
                Threshold = backend.Place("Threshold", 1.0, 1, 1),
                Bandwidth = 1,
            };
            backend.ReluResidual(arguments);

            // 4 and 2 are above their threshold, 1 is near it.
            Assert.Equal(capacity == 2 ? [0, 0, 0] : [0, 1, 3], codes.RowOffsets.ToArray());
            TensorAssert.Equal("Residuals", [6, 6, 5, 3], arguments.Residuals.ToArray());
            Assert.Equal([1, 1, 0], Counts(arguments));
        }
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.Precisions), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        ReluResidualArguments arguments = Arguments(backend, 0, 0);
        Conformance.Refuses(
            "ReluResidual: WDec must be [3, 2], but is [2, 2]. Pass a matrix of that shape.",
            () => backend.ReluResidual(arguments with { WDec = backend.PlaceMatrix("W", 2, 2, 1, 1, 1, 1) }));
        Conformance.Refuses(
            "ReluResidual: ActiveRows must hold at least 3 elements, but holds 1. Allocate a larger buffer.",
            () => backend.ReluResidual(arguments with { ActiveRows = backend.Place("A", [0]) }));
        Conformance.Refuses(
            "ReluResidual: Codes must be given where Bandwidth is 0.5, but are missing. Pass codes.",
            () => backend.ReluResidual(arguments with { Bandwidth = 0.5 }));
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
