using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Gradients;

public sealed class LatentGradientsTests
{
    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Every_element_is_within_its_derived_bound(string name) =>
        Conformance.Check(name, nameof(IComputeBackend.LatentGradients));

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Auxiliary_rows_use_their_own_scale_and_shared_inputs(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 2)], []);
        using SparseCodes auxCodes = backend.PlaceCodes([], [(0, 3)]);
        LatentGradientsArguments arguments = Arguments(backend, codes, auxCodes);
        backend.LatentGradients(arguments);
        // Row 0: g = 2 · (1, 2), dz = 2; auxiliary row 1: g = 0.5 · (4, 2), dz = 2. Latent 1 has no entries.
        TensorAssert.Equal("GradBEnc", [4, 0], arguments.GradBEnc.ToArray());
        TensorAssert.Equal("GradWEnc", [2 + 10, 4 + 6, 0, 0], arguments.GradWEnc!.Value.ToArray());
        TensorAssert.Equal("GradWDec", [4 + 6, 8 + 3, 0, 0], arguments.GradWDec!.Value.ToArray());
        TensorAssert.Equal("RowSquaredNorms", [16 + 144 + 100 + 100 + 121, 0], arguments.RowSquaredNorms.ToArray());
        TensorAssert.Equal("EncoderPath", [4, -4], arguments.EncoderPath.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Projection_removes_the_part_along_the_decoder_row(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 2)], []);
        using SparseCodes auxCodes = backend.PlaceCodes([], [(0, 3)]);
        LatentGradientsArguments arguments = Arguments(backend, codes, auxCodes);
        arguments = arguments with { Inputs = arguments.Inputs with { ProjectDecoderGradient = true } };
        backend.LatentGradients(arguments);
        TensorAssert.Equal("GradWDec", [0, 11, 0, 0], arguments.GradWDec!.Value.ToArray());
        TensorAssert.Equal("RowSquaredNorms", [16 + 144 + 100 + 121, 0], arguments.RowSquaredNorms.ToArray());
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void A_nan_activation_shows_in_its_latent_only(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, double.NaN)], [(1, 1)]);
        using SparseCodes auxCodes = backend.PlaceCodes([], []);
        LatentGradientsArguments arguments = Arguments(backend, codes, auxCodes);
        backend.LatentGradients(arguments);
        TensorAssert.Equal("GradWDec", [double.NaN, double.NaN, 2, 0], arguments.GradWDec!.Value.ToArray());
        Assert.Equal(double.NaN, arguments.RowSquaredNorms.ToArray()[0]);
        Assert.True(double.IsFinite(arguments.RowSquaredNorms.ToArray()[1]));
    });

    [SkippableTheory]
    [MemberData(nameof(TestBackends.All), MemberType = typeof(TestBackends))]
    public void Wrong_shapes_are_refused(string name) => TestBackends.Use(name, backend =>
    {
        using SparseCodes codes = backend.PlaceCodes([(0, 2)], []);
        LatentGradientsArguments arguments = Arguments(backend, codes, codes);
        Conformance.Refuses(
            "LatentGradients: Residuals must be [2, 2], but is [4, 2]. Pass a matrix of that shape.",
            () => backend.LatentGradients(arguments with
            {
                Inputs = arguments.Inputs with { AuxResidualScale = null },
            }));
        Conformance.Refuses(
            "LatentGradients: GradBEnc must hold at least 2 elements, but holds 1. Allocate a larger buffer.",
            () => backend.LatentGradients(arguments with { GradBEnc = backend.Place("B", 0.0) }));
        Conformance.Refuses(
            "LatentGradients: GradWDec must be [2, 2], but is [1, 2]. Pass a matrix of that shape.",
            () => backend.LatentGradients(arguments with { GradWDec = backend.PlaceMatrix("G", 1, 2, 0, 0) }));
    });

    private static LatentGradientsArguments Arguments(IComputeBackend backend, SparseCodes codes, SparseCodes auxCodes)
    {
        LatentMajorList list = new(backend, 2, codes.Capacity + auxCodes.Capacity);
        backend.BuildLatentMajor(
            new BuildLatentMajorArguments { Rows = 2, Codes = codes, AuxCodes = auxCodes, List = list });
        return new LatentGradientsArguments
        {
            Inputs = new LatentGradientInputs
            {
                List = list,
                Input = backend.PlaceMatrix("Input", 2, 2, 1, 2, 5, 3),
                Residuals = backend.PlaceMatrix("Residuals", 4, 2, 1, 2, 1, 0, 7, 7, 4, 2),
                ResidualScale = 2,
                AuxResidualScale = new ScalarSlot(backend.Place("Scale", 9, 0.5), 1),
                ProjectDecoderGradient = false,
            },
            WEnc = backend.PlaceMatrix("WEnc", 2, 2, 1, -1, 0, 0),
            WDec = backend.PlaceMatrix("WDec", 2, 2, 1, 0, 0, 1),
            GradWEnc = backend.PlaceMatrix("GradWEnc", 2, 2, 0, 0, 0, 0),
            GradWDec = backend.PlaceMatrix("GradWDec", 2, 2, 0, 0, 0, 0),
            GradBEnc = backend.Place("GradBEnc", 0.0, 0),
            RowSquaredNorms = backend.Place("RowSquaredNorms", 0.0, 0),
            EncoderPath = backend.Place("EncoderPath", 0.0, 0),
        };
    }
}
