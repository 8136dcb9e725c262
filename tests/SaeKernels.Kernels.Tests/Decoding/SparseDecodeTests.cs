using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Decoding;

public sealed class SparseDecodeTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.SparseDecode));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_row_without_entries_is_the_bias(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([], [(1, 2)]);
        RealBuffer reconstruction = backend.AllocateGuarded("Reconstruction", 4);
        backend.SparseDecode(new SparseDecodeArguments
        {
            Codes = codes,
            WDec = backend.PlaceMatrix("WDec", 2, 2, 5, 6, 7, 8),
            BDec = backend.Place("BDec", 1.0, -1),
            Reconstruction = new RealMatrix(reconstruction, 2, 2),
        });
        TensorAssert.Equal("Reconstruction", [1, -1, 15, 15], reconstruction.ReadGuarded());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Nan_and_infinity_stay_in_their_row(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, double.NaN)], [(1, double.PositiveInfinity)], [(1, 1)]);
        RealMatrix reconstruction = backend.PlaceMatrix("Reconstruction", 3, 1, 0, 0, 0);
        backend.SparseDecode(new SparseDecodeArguments
        {
            Codes = codes,
            WDec = backend.PlaceMatrix("WDec", 2, 1, 5, 6),
            BDec = backend.Place("BDec", 1.0),
            Reconstruction = reconstruction,
        });
        TensorAssert.Equal("Reconstruction", [double.NaN, double.PositiveInfinity, 7], reconstruction.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 1)]);
        SparseDecodeArguments arguments = new()
        {
            Codes = codes,
            WDec = backend.PlaceMatrix("WDec", 2, 2, 5, 6, 7, 8),
            BDec = backend.Place("BDec", 1.0, 2),
            Reconstruction = backend.PlaceMatrix("Reconstruction", 1, 2, 0, 0),
        };
        Conformance.Refuses(
            "SparseDecode: Reconstruction must be [1, 2], but is [1, 1]. Pass a matrix of that shape.",
            () => backend.SparseDecode(arguments with { Reconstruction = backend.PlaceMatrix("R", 1, 1, 0) }));
        Conformance.Refuses(
            "SparseDecode: Codes must hold at least 4 elements, but holds 2. Allocate a larger buffer.",
            () => backend.SparseDecode(arguments with
            {
                Reconstruction = backend.PlaceMatrix("R", 3, 2, new double[6]),
            }));
        Conformance.Refuses(
            "SparseDecode: BDec must hold at least 2 elements, but holds 1. Allocate a larger buffer.",
            () => backend.SparseDecode(arguments with { BDec = backend.Place("BDec", 1.0) }));
    });
}
