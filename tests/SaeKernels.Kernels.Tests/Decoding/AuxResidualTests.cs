using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Decoding;

public sealed class AuxResidualTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.AuxResidual));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Loss_is_the_share_of_the_variance_that_is_left(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 1)], [(1, 2)]);
        AuxResidualArguments arguments = Arguments(backend, codes, 3, 1, 1, 5);
        backend.AuxResidual(arguments);
        // ê = (1, 0), (0, 2); the mean of e is (2, 3), its squared deviations sum to 10, and 4 + 1 + 1 + 9 are left.
        TensorAssert.Equal("Residuals", [3, 1, 1, 5, 2, 1, 1, 3], arguments.Residuals.ToArray());
        Assert.Equal(1.5, arguments.Loss.Read());
        Assert.Equal(-0.125, arguments.ResidualScale.Read());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Without_entries_loss_and_scale_are_zero(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([], []);
        AuxResidualArguments arguments = Arguments(backend, codes, 3, 1, 1, 5);
        backend.AuxResidual(arguments);
        TensorAssert.Equal("Residuals", [3, 1, 1, 5, 3, 1, 1, 5], arguments.Residuals.ToArray());
        Assert.Equal(0, arguments.Loss.Read());
        Assert.Equal(0, arguments.ResidualScale.Read());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Equal_residuals_leave_nothing_to_explain(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 1)], [(1, 2)]);
        AuxResidualArguments arguments = Arguments(backend, codes, 3, 1, 3, 1);
        backend.AuxResidual(arguments);
        TensorAssert.Equal("Residuals", [3, 1, 3, 1, 3, 1, 3, 1], arguments.Residuals.ToArray());
        Assert.Equal(0, arguments.Loss.Read());
        Assert.Equal(0, arguments.ResidualScale.Read());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 1)], [(1, 2)]);
        AuxResidualArguments arguments = Arguments(backend, codes, 3, 1, 3, 1);
        Conformance.Refuses(
            "AuxResidual: Residuals must be [4, 2], but is [2, 2]. Pass a matrix of that shape.",
            () => backend.AuxResidual(arguments with { Residuals = backend.PlaceMatrix("R", 2, 2, 0, 0, 0, 0) }));
        Conformance.Refuses(
            "AuxResidual: AuxCodes must hold at least 4 elements, but holds 3. Allocate a larger buffer.",
            () => backend.AuxResidual(arguments with
            {
                Rows = 3,
                Residuals = backend.PlaceMatrix("R", 6, 2, new double[12]),
            }));
    });

    private static AuxResidualArguments Arguments(
        IComputeBackend backend, SparseCodes codes, params double[] residuals) => new()
        {
            Rows = 2,
            AuxCodes = codes,
            WDec = backend.PlaceMatrix("WDec", 2, 2, 1, 0, 0, 1),
            Residuals = backend.PlaceMatrix("Residuals", 4, 2, [.. residuals, .. Enumerable.Repeat(double.NaN, 4)]),
            Coefficient = 0.625,
            Loss = new ScalarSlot(backend.Place("Loss", double.NaN), 0),
            ResidualScale = new ScalarSlot(backend.Place("ResidualScale", double.NaN), 0),
        };
}
