using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Optimizing;

public sealed class NormalizeRowsTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.NormalizeRows));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_row_of_zeros_stays_and_one_with_nan_becomes_nan(string name) => TestBackends.Use(name, backend =>
    {
        RealMatrix matrix = backend.PlaceMatrix("M", 4, 4, 0, 0, 0, 0, 2, 2, -2, 2, 1, double.NaN, 1, 1, 0, 0, -8, 0);
        backend.NormalizeRows(new NormalizeRowsArguments { Matrix = matrix });
        const double Nan = double.NaN;
        TensorAssert.Equal(
            "Matrix", [0, 0, 0, 0, 0.5, 0.5, -0.5, 0.5, Nan, Nan, Nan, Nan, 0, 0, -1, 0], matrix.ToArray());
    });
}
