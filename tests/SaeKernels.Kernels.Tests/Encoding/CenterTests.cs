using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Encoding;

public sealed class CenterTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.Center));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void The_bias_is_subtracted_from_every_row(string name) => TestBackends.Use(name, backend =>
    {
        RealBuffer centered = backend.AllocateGuarded("Centered", 6);
        backend.Center(new CenterArguments
        {
            Activations = backend.PlaceMatrix("Activations", 2, 3, 1, 2, 3, 4, 5, 6),
            BDec = backend.Place("BDec", 1, -1, 0.5),
            Centered = new RealMatrix(centered, 2, 3),
        });
        TensorAssert.Equal("Centered", [0, 3, 2.5, 3, 6, 5.5], centered.ReadGuarded());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Nan_and_infinity_stay_where_they_are(string name) => TestBackends.Use(name, backend =>
    {
        RealMatrix matrix =
            backend.PlaceMatrix("X", 1, 4, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1);
        backend.Center(new CenterArguments
        {
            Activations = matrix,
            BDec = backend.Place("BDec", 1, 1, 1, 1),
            Centered = matrix,
        });
        TensorAssert.Equal(
            "Centered", [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0], matrix.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        CenterArguments arguments = new()
        {
            Activations = backend.PlaceMatrix("X", 2, 2, 1, 2, 3, 4),
            BDec = backend.Place("BDec", 1.0, 2),
            Centered = backend.PlaceMatrix("Y", 1, 2, 0, 0),
        };
        Conformance.Refuses(
            "Center: Centered must be [2, 2], but is [1, 2]. Pass a matrix of that shape.",
            () => backend.Center(arguments));
        arguments = arguments with { Centered = arguments.Activations, BDec = backend.Place("BDec", 1.0) };
        Conformance.Refuses(
            "Center: BDec must hold at least 2 elements, but holds 1. Allocate a larger buffer.",
            () => backend.Center(arguments));
    });
}
