using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Decoding;

public sealed class PrefixResidualTests
{
    private static readonly int[] Ends = [1, 2, 3];

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.PrefixResidual));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Each_group_has_the_sum_over_the_prefixes_that_hold_it(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 1), (1, 2), (2, 1)], [(2, 3)]);
        PrefixResidualArguments arguments = Arguments(backend, codes, firstBlock: 2);
        backend.PrefixResidual(arguments);

        // The prefixes leave 9, 5 and 2 of row 0, and 20, 20 and 11 of row 1; their weights are 3, 2 and 1.
        TensorAssert.Equal(
            "Residuals", [2, 11, 7, 7, 12, 51, 39, 111], arguments.Residuals.ToArray());
        TensorAssert.Equal("RowSquaredErrors", [4, 121], arguments.RowSquaredErrors.ToArray());
        TensorAssert.Equal("RowLosses", [297, 2121], arguments.RowLosses.ToArray());
        Assert.Equal(62.5, arguments.MeanSquaredError.Read());
        Assert.Equal(1209, arguments.MeanLoss.Read());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_nan_reaches_the_prefixes_that_hold_it_and_the_means(string name) =>
        TestBackends.Use(name, backend =>
        {
            using SparseCodes codes = backend.PlaceCodes([(2, double.NaN)], [(2, 3)]);
            PrefixResidualArguments arguments = Arguments(backend, codes, firstBlock: 2);
            backend.PrefixResidual(arguments);
            Assert.Equal([double.NaN, 11], arguments.Residuals.ToArray()[..2]);
            Assert.Equal(double.NaN, arguments.MeanSquaredError.Read());
            Assert.Equal(double.NaN, arguments.MeanLoss.Read());
        });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(1, 2)], [(0, 1)]);
        PrefixResidualArguments arguments = Arguments(backend, codes, firstBlock: 2);
        Conformance.Refuses(
            "PrefixResidual: Residuals must be [8, 1], but is [2, 1]. Pass a matrix of that shape.",
            () => backend.PrefixResidual(arguments with { Residuals = arguments.Targets }));
        Conformance.Refuses(
            "PrefixResidual: Weights must hold at least 3 elements, but holds 1. Allocate a larger buffer.",
            () => backend.PrefixResidual(arguments with { Weights = backend.Place("W", 1.0) }));
    });

    // Three latents of one output: what they add is 1, 2 and 3 a unit. Block 1 is taken for other ends.
    private static PrefixResidualArguments Arguments(IComputeBackend backend, SparseCodes codes, int firstBlock)
    {
        LatentPrefixes prefixes = new(backend.Place("Ends", Ends), count: 3, firstBlock);
        return new PrefixResidualArguments
        {
            Codes = codes,
            WDec = backend.PlaceMatrix("WDec", 3, 1, 1, 2, 3),
            BDec = backend.Place("BDec", 0.0),
            Targets = backend.PlaceMatrix("Targets", 2, 1, 10, 20),
            Prefixes = prefixes,
            Weights = backend.Place("Weights", 3.0, 2, 1),
            Residuals = backend.PlaceMatrix("Residuals", 2 * prefixes.Blocks, 1, 7, 7, 7, 7, 7, 7, 7, 7),
            RowSquaredErrors = backend.Place("RowSquaredErrors", 0.0, 0),
            MeanSquaredError = new ScalarSlot(backend.Place("MeanSquaredError", 0.0), 0),
            RowLosses = backend.Place("RowLosses", 0.0, 0),
            MeanLoss = new ScalarSlot(backend.Place("MeanLoss", 0.0), 0),
        };
    }
}
